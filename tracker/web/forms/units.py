from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from tracker.domain.vocabulary import UnitKind
from tracker.services.units import CLUSTER_MAX, CODE_MAX, NAME_MAX, NewUnit
from tracker.web.forms import Form


class UnitForm(Form):
    name = StringField(
        _l("Name"), [DataRequired(_l("Say what the unit is called.")), Length(max=NAME_MAX)]
    )
    name_en = StringField(_l("English name (may be empty)"), [Length(max=NAME_MAX)])
    code = StringField(
        _l("Code (lower-case letters)"),
        [DataRequired(_l("Give the unit a code.")), Length(max=CODE_MAX)],
    )
    kind = SelectField(_l("Kind"), choices=[kind.value for kind in UnitKind])
    cluster = StringField(_l("Cluster (may be empty)"), [Length(max=CLUSTER_MAX)])
    cluster_en = StringField(_l("English name of the cluster"), [Length(max=CLUSTER_MAX)])

    parent = StringField(_l("Code of its university (may be empty)"), [Length(max=CODE_MAX)])

    def unit(self) -> NewUnit:
        """Of a valid form."""
        return NewUnit(
            self.code.data or "",
            UnitKind(self.kind.data),
            self.name.data or "",
            self.name_en.data or "",
            self.cluster.data or "",
            self.cluster_en.data or "",
            self.parent.data or "",
        )
