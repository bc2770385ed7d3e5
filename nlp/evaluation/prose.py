"""The sentences of the report: how it was measured, what the figures mean, what is weak."""

TARGETS = (
    "A figure with an exclamation mark does not reach its target. The examinations are judged by"
    " the shipped model, sentences of the corpus by models that were fitted without them. Further"
    " down, brackets hold the 95 % interval of 1,000 bootstrap resamples."
)
BASELINES = {
    "keywords": "Keywords: the lexicon's stems alone, most hits win.",
    "n-grams alone": "N-grams alone: the same fit without the lexicon, names and facts.",
    "spaCy textcat": (
        "spaCy textcat: its bag-of-words classifier, one for intents and one for categories. What"
        " learns, learned from the same sentences; the examinations are judged by what was fitted"
        " without the sentences held out by template."
    ),
}
"""Each baseline by its name."""
BASELINES_ACT = (
    "A baseline is told the language, and acts from a confidence of .5, since it knows nothing"
    " else."
)
OVERCONFIDENT = (
    "spaCy's classifier is over-confident: so many texts about nothing of the city's get a category"
    " from it at .5 or more, against so many of which Stadtdraht makes a ticket: "
)
CALIBRATION = (
    "How sure the pipeline was, and how often it was right then. Some confidences are set by rules"
    " (.97 for what is clear), so that they gather at a few values. A model of a split has the"
    " calibration that the texts of all other splits give, never its own."
)
COVERAGE = (
    "If only answers from some confidence on were decided automatically: the largest share at which"
    " they are still as precise as asked for. What is really decided at once needs evidence, too:"
    " that is the second table."
)
SLICES = (
    "Short means at most 40 characters, long more than 160. Of the examinations, their writers"
    " named dialect, typos, irony, denial, traps and the like; a slice of fewer than eight texts"
    " is left out."
)
COUNTS = (
    "What an examiner would accept, too, is neither a hit nor a mistake. A ticket is judged where"
    " it is not debatable. Dates are listed by the examinations only."
)
HELD_OUT = (
    "Held out by voice means: a kind of person whose way of writing no model of that fit has seen,"
    " which is what happens in a city that it was not made for. Held out by template is milder: new"
    " sentences of people who are known. Nothing of what is held out was looked at in the fit. The"
    " rules and the lexicon, however, were written by people who know the corpus, and emergencies,"
    " flags, dates and places are found by rules: for these, held-out sentences flatter."
)
EXAMINED = (
    "The examinations were written by others, who knew neither lexicon nor corpus. The frozen ones"
    " have mended rules, and a model of a city's own must pass them, so they flatter as well. The"
    " unseen ones are the figures to believe: nobody looked at them while building. They are meaner"
    " than a day's messages: two in three of their messages are a trap, in dialect, badly spelt"
    " or the like."
)
ONLY_EXAMINED = (
    "Quick: the shipped model on the examinations alone. How it does on voices and sentences that"
    " it was not fitted on is measured without `--quick`."
)
WEAK = (
    "All texts were written for this project; none is a real person's message, and real ones are"
    " duller, longer and stranger. No native speaker has read the Turkish, the Ukrainian and the"
    " dialect. English, Turkish and Ukrainian voices often follow the same scenes. The examinations"
    " of reports are German."
)
WEAKEST = "Weakest, of what is looked at closely: "
