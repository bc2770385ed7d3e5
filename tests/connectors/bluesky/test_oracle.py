"""Whether what our Bluesky says, and what we say to it, is what the lexicons allow."""

from atproto_client import models
from atproto_client.models.utils import get_or_create

from connectors.base import OutboundPart, RawFile
from connectors.capabilities import Act, Visibility
from connectors.results import Sent
from tests.connectors.bluesky.support import Core, post
from tests.fakes.bluesky import LIKE

ANSWERS = {
    "com.atproto.server.createSession": models.ComAtprotoServerCreateSession.Response,
    "com.atproto.server.refreshSession": models.ComAtprotoServerRefreshSession.Response,
    "com.atproto.server.getSession": models.ComAtprotoServerGetSession.Response,
    "com.atproto.repo.uploadBlob": models.ComAtprotoRepoUploadBlob.Response,
    "com.atproto.repo.putRecord": models.ComAtprotoRepoPutRecord.Response,
    "com.atproto.repo.deleteRecord": models.ComAtprotoRepoDeleteRecord.Response,
    "com.atproto.repo.getRecord": models.ComAtprotoRepoGetRecord.Response,
    "app.bsky.notification.listNotifications": models.AppBskyNotificationListNotifications.Response,
    "app.bsky.feed.getPosts": models.AppBskyFeedGetPosts.Response,
    "app.bsky.actor.getProfile": models.AppBskyActorDefs.ProfileViewDetailed,
}
RECORDS = {
    "app.bsky.feed.post": models.AppBskyFeedPost.Record,
    "app.bsky.feed.threadgate": models.AppBskyFeedThreadgate.Record,
}


def test_everything_that_is_said_keeps_the_lexicons(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.network.expire(core.us)
        anna, bert = core.person("anna"), core.network.person("bert", is_bot=True)
        images = [("image/jpeg", b"\xff\xd8\xff")]
        asked = core.network.post(anna, "Wann? 👨‍👩‍👧", mention=core.us, images=images)
        core.network.post(bert, "piep", mention=core.us)
        await core.hear()
        for item in core.items.values():
            if item.awaits:
                await core.link.fetch(item.payload)
        answer = core.answer("Samstag, @anna.test: https://stadt.test/ä", asked, automatic=True)
        sent = await core.send(answer, 1)
        assert isinstance(sent, Sent)
        await core.send(answer, 1)
        core.network.sign(anna, LIKE, sent.native_id)
        core.network.post(anna, "Danke", reply_to=sent.native_id)
        await core.hear()
        root = await core.send(post("Markt"), 2)
        assert isinstance(root, Sent)
        reply = core.network.post(anna, "Pfui", reply_to=root.native_id)
        file = RawFile("a.jpg", "image/jpeg", b"\xff\xd8\xff\xff")
        await core.send(OutboundPart("", Visibility.PUBLIC, "Bild", file=file), 3)
        for act, target in ((Act.HIDE, reply), (Act.DELETE, root.native_id)):
            thread = root.native_id
            await core.send(OutboundPart(thread, Visibility.PUBLIC, act=act, target=target), 4)
        core.network.blocks.add((anna.did, core.us.did))
        await core.send(answer, 5)
        await core.link.check()

    core.run(story())
    assert {nsid for nsid, _ in core.network.answers} == set(ANSWERS)
    for nsid, body in core.network.answers:
        assert get_or_create(body, ANSWERS[nsid], strict=True, strict_string_format=True), nsid
    assert len(core.network.posted) > 4
    for asked in core.network.posted:
        data = models.ComAtprotoRepoPutRecord.Data
        assert get_or_create(asked, data, strict=True, strict_string_format=True)
        record = asked["record"]
        assert isinstance(record, dict)
        model = RECORDS[str(asked["collection"])]
        assert get_or_create(record, model, strict=True, strict_string_format=True)
