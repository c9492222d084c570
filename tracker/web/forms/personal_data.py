from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from tracker.web.forms import Form


class ErasureForm(Form):
    email = StringField(
        _l("Type the person's address to confirm"),
        [DataRequired(_l("Type the address: this cannot be undone.")), Length(max=254)],
    )
