from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from tracker.domain.service_requests import RequestState
from tracker.services.service_requests import NAME_MAX, PURPOSE_MAX, WORDS_MAX
from tracker.web.forms import Form


class ServiceRequestForm(Form):
    unit = StringField(_l("Unit"))
    purpose = StringField(_l("What is it for?"), [Length(max=PURPOSE_MAX)])
    course = StringField(_l("Course (optional)"), [Length(max=NAME_MAX)])
    teacher = StringField(_l("Teacher (optional)"), [Length(max=NAME_MAX)])
    words = TextAreaField(_l("Anything else (optional)"), [Length(max=WORDS_MAX)])


class ServiceAnswerForm(Form):
    state = StringField(_l("State"))
    answer = TextAreaField(_l("Answer (the unit reads it)"), [Length(max=WORDS_MAX)])

    def validate_state(self, field: Field) -> None:
        if field.data not in ("PASSED_ON", "DONE", "DECLINED"):
            raise ValidationError(_("Choose what becomes of the request."))

    def to(self) -> RequestState:
        """Of a valid form."""
        return RequestState(self.state.data or "")
