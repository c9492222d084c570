"""Fill and ink of a light on paper, as on the pages; the letter says the same without them."""

from tracker.domain.vocabulary import Light

COLOURS: dict[Light, tuple[str, str]] = {
    Light.NOTHING: ("", "#66717c"),
    Light.OPEN: ("#ffffff", "#35414d"),
    Light.OVERDUE: ("#a3262b", "#ffffff"),
    Light.REPORTED: ("#fff0cc", "#624300"),
    Light.RETURNED: ("#fde9e7", "#7c1a14"),
    Light.LACKING: ("#ece3f5", "#4a2a72"),
    Light.READY: ("#1f5f8b", "#ffffff"),
    Light.SETTLED: ("#d9efdf", "#124a29"),
    Light.WAIVED: ("#e9edf0", "#505b66"),
}
