"""One form class per action: the list of fields it takes is the list it accepts."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FileField


class Form(FlaskForm):
    """Every form's base: it reads what a browser's form sends. A file for a field that takes text
    counts as not sent, and so do a text for one that takes files and a body of JSON."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            if request.method != "POST":
                return None
            taken = {field.name for field in form if isinstance(field, FileField)}
            files = [item for item in request.files.items(multi=True) if item[0] in taken]
            texts = [item for item in request.form.items(multi=True) if item[0] not in taken]
            return CombinedMultiDict([MultiDict(files), MultiDict(texts)]) or None
