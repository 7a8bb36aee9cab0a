"""The features that the weights are fitted on."""

_CUES = (
    "least_fault", "most_ask", "most_single", "least_onset", "sum_mass", "most_routine", "log_hours", "least_mood",
)  # fmt: skip
WORDS_PAIR = ("words", "concepts", *_CUES)
MEANING_PAIR = ("similarity", "concepts", *_CUES)
GROUP = (
    "mean_odds", "least_odds", "weakest_tie", "contrast", "least_similarity", "mean_fault", "mean_ask", "mean_single",
    "mean_mass", "mean_onset", "log_span", "mean_mood",
)  # fmt: skip
