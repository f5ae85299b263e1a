"""Forms of an import."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.imports import columns
from clients.imports.reading import MAX_FILE_BYTES
from clients.models import Upload


class UploadForm(forms.Form):
    """A file and what it holds."""

    target = forms.ChoiceField(label=_("What is in the file?"), choices=Upload.Target, widget=forms.RadioSelect)
    file = forms.FileField(label=_("File"), help_text=_("CSV or XLSX with a header line, up to 200 MB"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 200 MB. Split it."))
        return file


class MatchingForm(forms.Form):
    """Which column holds what; one choice a field."""

    def __init__(self, *args: Any, upload: Upload, header: list[str], known: tuple[columns.Column, ...], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.known = known
        headers = [("", _("— not in the file —")), *((name, name) for name in header)]
        for column in known:
            self.fields[column.name] = forms.ChoiceField(
                label=column.label,
                choices=headers,
                required=column.required,
                initial=upload.columns.get(column.name, ""),
            )
        if upload.target == Upload.Target.CLIENTS:
            self.fields["grid_column"] = forms.ChoiceField(
                label=_("Make a grid of each value in"),
                choices=[("", _("— no grids —")), *headers[1:]],
                required=False,
                initial=upload.options.get("grid_column") or "",
            )
        self.fields["keep_others"] = forms.BooleanField(
            label=_("Keep the other columns too"), required=False, initial=upload.options.get("keep_others", False)
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        used: dict[str, str] = {}
        for column in self.known:
            header = cleaned.get(column.name)
            if header and header in used:
                self.add_error(column.name, _("This column is chosen twice."))
            elif header:
                used[header] = column.name
        return cleaned

    def apply(self, upload: Upload) -> None:
        """Write the choices into the upload."""
        upload.columns = {
            column.name: self.cleaned_data[column.name] for column in self.known if self.cleaned_data[column.name]
        }
        upload.options = {
            "grid_column": self.cleaned_data.get("grid_column") or "",
            "keep_others": self.cleaned_data["keep_others"],
        }
        upload.save(update_fields=["columns", "options"])
