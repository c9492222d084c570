from flask_babel import lazy_gettext as _l
from wtforms import MultipleFileField, StringField

from tracker.web.forms import Form


class EvidenceForm(Form):
    files = MultipleFileField(_l("Files"))
    link = StringField(_l("Or a link"))
