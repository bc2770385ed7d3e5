"""Whether somebody disapproves: words of disapproval against words of approval, by rules.

It is made for comments on what the city says. A plain report of a defect and a plain question hold
no such words. Irony is out of reach, but for a few set phrases ("na toll").
"""

import re

from nlp.folding import Folded, fold_key

# Of each language; `*` stands for any ending. Everything is folded as the text is.
_BAD = """
    unverschämt*, frechheit*, skandal*, sauerei*, schweinerei*, zum kotzen, kotzt mich*, scheiß*,
    scheiss*, mist, so ein mist, bullshit, blödsinn*, schwachsinn*, unsinn*, quatsch, idiotisch*,
    bescheuert*, dämlich*, lächerlich*, peinlich*, armutszeugnis*, schande, schämt euch, schämen,
    versager*, versagt, versagen, unfähig*, inkompetent*, stümper*, dilettant*, unzumutbar*,
    zumutung*, untragbar*, inakzeptabel*, unakzeptabel*, unverantwortlich*, geldverschwendung*,
    steuerverschwendung*, verschwendung*, verschwendet*, abzocke*, betrug, beschiss, verarsch*,
    verlogen*, lüge, lügen, lügner*, gelogen, heuchel*, katastroph*, furchtbar*, grauenhaft*,
    grauenvoll*, schrecklich*, entsetzlich*, ekelhaft*, widerlich*, hässlich*, enttäuscht,
    enttäuschend*, enttäuschung*, traurig*, ärgerlich*, wütend*, stinksauer, empört, empörend*,
    rücktritt*, zurücktreten, schnauze voll, nase voll, es reicht, jetzt reicht*, saftladen*,
    nutzlos*, sinnlos*, überflüssig*, rausgeschmissen*, aus dem fenster, daumen runter,
    schlechte idee, schlechter witz, schlechte entscheidung, schlechte planung, schlechte arbeit,
    fehlentscheidung*, fehlplanung*, pfui, buh, geht gar nicht, gar nichts gut, das allerletzte,
    ein witz, niemand braucht, braucht niemand, braucht kein mensch, braucht keiner, wer braucht,
    gefällt mir nicht, gefällt mir gar nicht, gefällt mir überhaupt nicht, gefällt uns nicht,
    na toll, na super, na prima, na klasse, dank für nichts, danke für nichts, schöne scheiß*

    disgrac*, outrag*, ridiculous*, pathetic*, terribl*, awful*, horribl*, disgust*, useless*,
    unacceptabl*, shame, shameful*, waste of, wasting, what a joke, bad joke, incompeten*, stupid*,
    idiotic*, nonsense, what rubbish, utter rubbish, total rubbish, absolute rubbish, crap, sucks,
    epic fail, fed up, sick of, hate, furious, disappoint*, worst, bad idea, bad decision, liar*,
    corrupt*, resign, nobody needs, who needs, thumbs down, scam, rip off, thanks for nothing

    rezalet*, rezil*, berbat*, yazık*, utanın*, utanç*, utanmaz*, ayıp*, saçma*, aptalca*, iğrenç*,
    kötü*, korkunç*, beğenmed*, yeter artık, bıktık*, bıktım*, yalan*, beceriksiz*, israf*,
    dolandır*, hayal kırıklığı*, istifa*, nefret*, işe yaramaz*, fiyasko*, gülünç*

    ганьба*, ганеб*, жах, жахлив*, скандал*, неподобств*, обурен*, обурлив*, безглузд*, дурниц*,
    ідіотизм*, маячн*, нісенітниц*, брехн*, сором*, погано, поган*, жалюгідн*, нездар*,
    некомпетентн*, марнотрат*, марна трата, обман*, шахрай*, відставк*, набридл*, розчаров*, огидн*,
    бридк*, ненавид*, нікому не потрібн*, лайно, не подобається
"""
_GOOD = """
    danke*, dank, super*, toll, tolle*, klasse, prima, gut, gute, guter, gutes, schön, schöne,
    schöner, schönes, gelungen*, freue, freuen, freut, begeister*, weiter so, perfekt*,
    hervorragend*, wunderbar*, spitze, bravo, glückwunsch*, gefällt, daumen hoch, richtig so,
    hilfreich*, zufrieden*, lob, großartig*, nicht schlecht

    thank*, great, good, nice, love, excellent, awesome, amazing, wonderful*, brilliant, perfect*,
    fantastic*, well done, congrat*, happy, helpful, beautiful*, thumbs up, glad, not bad

    teşekkür*, sağol*, güzel*, harika*, iyi, mükemmel*, tebrik*, beğendi*, sevdi*, memnun*,
    başarılı*, fena değil

    дяку*, чудов*, гарн*, добре, добра, супер*, класн*, молодц*, прекрасн*, подобається, браво,
    відмінн*, задоволен*, непогано
"""
_GREETINGS = re.compile(
    r" (?:guten? (?:tag|morgen|abend|nacht)|schoenen? (?:tag|abend|gruss)"
    r"|good (?:morning|afternoon|evening|day|night)|iyi (?:gunler|aksamlar|geceler)"
    r"|доброго (?:дня|ранку|вечора)|добрий (?:день|вечір|ранок))(?= )"
)
_DENIED_BEFORE = re.compile(
    r" (?:nicht|nichts|kein\w{0,2}|nie|niemals|ohne|weder|net|not|no|never|isn t|aren t|wasn t"
    r"|don t|doesn t|didn t|without|не|ні|без)"
    r"(?: (?:mehr|so|ganz|sehr|gar|wirklich|besonders|eine?[nmrs]?|der|die|das|a|an|the|any|very"
    r"|really|that|дуже|так)){0,2}$"
)
_DENIED_AFTER = re.compile(r" (?:degil|hic degil)\b")
_BAD_SIGNS = re.compile("[👎😡😠🤬🤮💩]")
_GOOD_SIGNS = re.compile("[👍❤😍🎉👏🥰😊🙏]")


def _entries(words: str) -> re.Pattern[str]:
    """Return what finds the listed words; longer ones first, so that a phrase wins."""
    listed = [entry.strip() for entry in re.split(r"[,\n]", words) if entry.strip()]
    patterns = {
        re.escape(fold_key(entry.removesuffix("*"))) + (r"\w*" if entry.endswith("*") else "")
        for entry in listed
    }
    return re.compile(rf" (?:{'|'.join(sorted(patterns, key=len, reverse=True))})(?= )")


_DISAPPROVAL, _APPROVAL = _entries(_BAD), _entries(_GOOD)


def is_negative(folded: Folded) -> bool:
    """Tell whether a text disapproves more than it approves; a denied word speaks for the other.

    "Keine gute Idee" disapproves; "kein Blödsinn" alone does neither.
    """
    plain = _GREETINGS.sub(" ", folded.plain)
    bad = len(_BAD_SIGNS.findall(folded.original))
    good = len(_GOOD_SIGNS.findall(folded.original))
    rest = []
    place = 0
    for found in _DISAPPROVAL.finditer(plain):
        bad += not _is_denied(plain, found)
        rest.append(plain[place : found.start()])
        place = found.end()
    left = " | ".join([*rest, plain[place:]])
    for found in _APPROVAL.finditer(left):
        if _is_denied(left, found):
            bad += 1
        else:
            good += 1
    return bad > good


def _is_denied(plain: str, found: re.Match[str]) -> bool:
    before = _DENIED_BEFORE.search(plain[max(0, found.start() - 30) : found.start()])
    return before is not None or _DENIED_AFTER.match(plain, found.end()) is not None
