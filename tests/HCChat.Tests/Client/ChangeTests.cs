using System.Text.Json;
using System.Threading.Channels;
using HCChat.Client;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>Edits, deletions, reactions, receipts and timers: who may, and what becomes of those that come before their message.</summary>
public sealed partial class ChangeTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly InviteLink _link = InviteLink.NewRoom(new Uri("http://localhost/"));
    private readonly List<JsonElement> _sent = [];
    private readonly ChatRoom _room;
    private readonly RoomCipher _alice;
    private readonly RoomCipher _mallory;
    private readonly IAsyncEnumerator<ChatEvent> _events;
    private readonly Channel<JsonElement> _questions = Channel.CreateUnbounded<JsonElement>();
    private int _seq;

    public ChangeTests()
    {
        (_alice, _mallory) = (Cipher(), Cipher());
        _room = Room(RoomAccess.ByLink(_link));
        _events = _room.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
    }

    public void Dispose()
    {
        _room.Close(new OperationCanceledException());
        _alice.Dispose();
        _mallory.Dispose();
        _link.Dispose();
    }

    [Fact]
    public async Task An_author_edits_and_removes_a_message()
    {
        var id = Say(_alice, "helo");
        Put("edit", _alice, new EditBody(id, "hello"), target: id);
        Put("delete", _alice, new DeleteBody(id), target: id);
        var (edited, deleted) = (await NextAsync<MessageEdited>(), await NextAsync<MessageDeleted>());
        Assert.Equal((id, "alice", "hello"), (edited.Target, edited.Nick, edited.Text));
        Assert.Equal((id, false, true), (deleted.Target, deleted.ByModerator, deleted.Proven));
        Assert.Equal(2, edited.Position!.Value.Seq);
    }

    [Theory]
    [InlineData(7, null, true)] // the same connection
    [InlineData(9, "trip01", true)] // the same trip
    [InlineData(9, "trip02", false)]
    [InlineData(9, null, false)]
    public async Task Another_client_edits_a_message_when_nick_and_connection_or_trip_are_the_authors(
        int userId,
        string? trip,
        bool allowed
    )
    {
        var id = Say(_alice, "helo", userId: 7, trip: "trip01");
        Put("edit", _mallory, new EditBody(id, "hello"), target: id, userId: userId, trip: trip);
        Say(_alice, "end");
        Assert.Equal(allowed, (await UntilAsync("end")).Any(e => e is MessageEdited));
    }

    [Fact]
    public async Task The_nick_alone_is_no_proof_and_another_nick_on_the_same_connection_is_none_either()
    {
        var id = Say(_alice, "mine", userId: 7);
        Put("edit", _mallory, new EditBody(id, "forged"), target: id, userId: 9);
        Put("delete", _mallory, new DeleteBody(id), target: id, userId: 9);
        Put("edit", _mallory, new EditBody(id, "forged"), target: id, userId: 7, nick: "mallory");
        Say(_alice, "end");
        Assert.DoesNotContain(await UntilAsync("end"), e => e is MessageEdited or MessageDeleted);
    }

    [Fact]
    public async Task What_a_moderator_removes_is_the_servers_word_and_never_the_authors_deed()
    {
        var id = Say(_alice, "mine");
        PutPlain("delete", "\"moderator\":true", id);
        PutPlain("delete", "\"moderator\":false", id); // nobody's right
        var deleted = await NextAsync<MessageDeleted>();
        Assert.Equal((true, false), (deleted.ByModerator, deleted.Proven));
        Assert.Equal(E2eeError.Plain, (await NextAsync<UnreadableReceived>()).Error);
    }

    [Fact]
    public async Task An_edit_in_clear_is_not_believed_and_one_sealed_for_another_message_is_refused()
    {
        var (one, two) = (Say(_alice, "one"), Say(_alice, "two"));
        PutPlain("edit", "\"text\":\"forged\"", one);
        Put("edit", _alice, new EditBody(one, "moved"), target: two);
        PutPlain("reaction_added", $"\"emoji\":\"👎\",\"messageId\":\"{one}\"", one);
        Say(_alice, "end");
        var seen = await UntilAsync("end");
        Assert.Single(seen.OfType<UnprotectedReceived>());
        Assert.Equal(E2eeError.Auth, Assert.Single(seen.OfType<UnreadableReceived>()).Error);
        Assert.DoesNotContain(seen, e => e is MessageEdited or ReactionReceived);
    }

    [Fact]
    public async Task What_comes_before_its_message_waits_until_history_brings_it()
    {
        var old = _alice.Seal("alice", new TextBody("helo"));
        Put("edit", _alice, new EditBody(old.Content.Id, "hello"), target: old.Content.Id);
        Say(_alice, "end");
        Assert.DoesNotContain(await UntilAsync("end"), e => e is MessageEdited);
        var history = ReadHistoryAsync();
        await ReplayAsync("e1", 1, 0, previous: "e0");
        await ReplayAsync("e0", 3, 3, events: Frame("chat", old, "e0", 3));
        Assert.Collection(
            await history,
            e => Assert.Equal("helo", Assert.IsType<MessageReceived>(e).Message.Text),
            e => Assert.IsType<HistoryEnded>(e)
        );
        Assert.Equal("hello", (await NextAsync<MessageEdited>()).Text);
    }

    [Fact]
    public async Task Backwards_changes_follow_the_message_that_they_concern_and_losses_are_told()
    {
        var message = _alice.Seal("alice", new TextBody("helo"));
        var target = message.Content.Id;
        string[] frames =
        [
            Frame("chat", _mallory.Seal("mallory", new TextBody("older")), "e1", 1),
            Frame("chat", message, "e1", 2),
            Frame("edit", _alice.Seal("alice", new EditBody(target, "hello")), "e1", 3, target),
            Frame("edit", _mallory.Seal("mallory", new EditBody(target, "forged")), "e1", 4, target),
            Frame("note", _mallory.Seal("mallory", new ReactBody(target, "👍")), "e1", 5),
            Frame("chat", _mallory.Seal("mallory", new TextBody("newer")), "e1", 6),
        ];
        var history = ReadHistoryAsync(new RoomPosition("e1", 7));
        await ReplayAsync("e1", 4, 6, more: true, oldest: 2, events: string.Join(',', frames[3..]));
        await ReplayAsync("e1", 1, 3, oldest: 2, events: string.Join(',', frames[..3]));
        Assert.Collection(
            await history,
            e => Assert.Equal("newer", Assert.IsType<MessageReceived>(e).Message.Text),
            e => Assert.Equal("helo", Assert.IsType<MessageReceived>(e).Message.Text),
            e => Assert.Equal("hello", Assert.IsType<MessageEdited>(e).Text),
            e => Assert.Equal("👍", Assert.IsType<ReactionReceived>(e).Key),
            e => Assert.IsType<HistoryGap>(e),
            e => Assert.Equal("older", Assert.IsType<MessageReceived>(e).Message.Text),
            e => Assert.IsType<HistoryEnded>(e)
        );
    }

    [Fact]
    public async Task Reactions_receipts_and_timers_come_in_notes()
    {
        var id = Say(_alice, "hello");
        Put("note", _mallory, new ReactBody(id, "👍"), nick: "bob");
        Put("note", _mallory, new ReactBody(id, "👍", Off: true), nick: "bob");
        Put("note", _mallory, new ReceiptBody(id, null), nick: "bob");
        Put("note", _mallory, new ReceiptBody(null, id), nick: "bob");
        Put("note", _alice, new TimerBody(60));
        Assert.Equal((id, "bob", "👍", false), Reaction(await NextAsync<ReactionReceived>()));
        Assert.True((await NextAsync<ReactionReceived>()).Off);
        Assert.Equal(id, (await NextAsync<ReceiptReceived>()).Read);
        Assert.Equal(id, (await NextAsync<ReceiptReceived>()).Delivered);
        Assert.Equal(TimeSpan.FromMinutes(1), (await NextAsync<TimerChanged>()).After);
        _ = _room.SendAsync("soon gone");
        _ = _room.SendAsync("stays", ttl: TimeSpan.Zero);
        Assert.Equal(60, _sent.Last(f => Cmd(f) == "chat").GetProperty("ttl").GetInt64());
    }

    [Fact]
    public async Task The_lesser_of_two_lifetimes_counts()
    {
        Put("chat", _alice, new TextBody("x") { Ttl = 60 }, more: "\"ttl\":30");
        Put("chat", _alice, new TextBody("y") { Ttl = 60 }, more: "\"ttl\":90");
        Put("chat", _alice, new TextBody("z"), more: "\"ttl\":90");
        foreach (var seconds in new[] { 30, 60, 90 })
        {
            var message = (await NextAsync<MessageReceived>()).Message;
            Assert.Equal(TimeSpan.FromSeconds(seconds), message.ExpiresAt - message.Time);
        }
    }

    [Fact]
    public void What_we_do_in_an_encrypted_room_goes_out_sealed()
    {
        var target = ContentJson.NewId();
        var room = Room(RoomAccess.ByLink(_link));
        (Func<Task<string>> Act, string Cmd)[] acts =
        [
            (() => room.EditAsync(target, "canary"), "edit"),
            (() => room.DeleteAsync(target), "delete"),
            (() => room.ReactAsync(target, "👍"), "note"),
        ];
        foreach (var (act, cmd) in acts)
        {
            var mid = Acknowledged(room, act);
            var frame = _sent.Last(f => Cmd(f) == cmd);
            using var cipher = Cipher();
            var text = frame.GetProperty("text").GetString()!;
            Assert.Equal(mid, cipher.Open(new ReceivedMessage(text, "me", mid, null, false)).Content.Id);
            Assert.DoesNotContain("canary", frame.GetRawText(), StringComparison.Ordinal);
        }
        room.Close(new OperationCanceledException());
    }

    [Fact]
    public void What_we_do_in_a_plain_room_are_the_frames_that_apps_know()
    {
        var room = Room(RoomAccess.Plain(_link.Channel));
        Acknowledged(room, () => room.ReactAsync("message-0123456789", "👍"));
        Acknowledged(room, () => room.ReactAsync("message-0123456789", "👍", off: true));
        Acknowledged(room, () => room.DeleteAsync("message-0123456789"));
        room.MarkRead("message-0123456789");
        _ = room.SetTimerAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["add_reaction", "remove_reaction", "delete", "read_receipt", "sethistory"], _sent.Select(Cmd));
        Assert.False(_sent[2].TryGetProperty("text", out _));
        room.Close(new OperationCanceledException());
    }

    [Fact]
    public void Receipts_go_out_at_most_every_five_seconds_for_the_newest_and_not_in_a_crowd()
    {
        var ids = Enumerable.Range(0, 4).Select(_ => ContentJson.NewId()).ToArray();
        _room.MarkDelivered(ids[0]);
        _room.MarkRead(ids[1]);
        _room.MarkRead(ids[2]);
        _room.MarkDelivered(ids[3]);
        Assert.Equal(new ReceiptBody(null, ids[0]), Assert.Single(Notes()));
        AcknowledgeLast(_room);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Single(Notes());
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(new ReceiptBody(ids[2], ids[3]), Notes()[^1]);
        AcknowledgeLast(_room);
        for (var i = 0; i < 40; i++)
        {
            Tell(_room, $$"""{"cmd":"onlineAdd","channel":"x","userid":{{100 + i}},"nick":"n{{i}}"}""");
        }
        _clock.Advance(TimeSpan.FromSeconds(5));
        _room.MarkRead(ids[0]);
        Assert.Equal(2, Notes().Count);
    }

    [Fact]
    public async Task In_the_past_numbers_prove_what_is_missing_where_the_server_says_that_it_may_have_lost_some()
    {
        var said = Enumerable.Range(0, 9).Select(i => _alice.Seal("alice", new TextBody($"{i}"))).ToList();
        var recent = _room.RecentAsync(100, TestContext.Current.CancellationToken);
        await ReplayAsync("e1", 1, 0, previous: "e0");
        // 2 and 3 are missing, 5 too; what lacks from the sixth on was deleted or has disappeared.
        var there = s_there.Select(i => Frame("chat", said[i], "e0", i + 1));
        await ReplayAsync("e0", 1, 9, oldest: 6, events: string.Join(',', there));
        Assert.Equal(["ended", "0", "1", "2 missing", "4", "gap", "1 missing", "6", "8"], (await recent).Select(Word));
    }

    [Fact]
    public async Task What_cannot_be_read_may_be_what_seems_to_be_missing()
    {
        using var other = new RoomCipher(
            new KeyRing(new RoomKeys(Secret.Random(RoomKeys.RootSize), _link.Channel)),
            _link.Channel,
            TimeProvider.System
        );
        var said = Enumerable.Range(0, 3).Select(i => _alice.Seal("alice", new TextBody($"{i}"))).ToList();
        said[1] = other.Seal("alice", new TextBody("1"));
        var recent = _room.RecentAsync(100, TestContext.Current.CancellationToken);
        await ReplayAsync("e1", 1, 0, previous: "e0");
        var there = Enumerable.Range(0, 3).Select(i => Frame("chat", said[i], "e0", i + 1));
        await ReplayAsync("e0", 1, 3, oldest: 4, events: string.Join(',', there));
        Assert.DoesNotContain(await recent, e => e is MessagesMissing);
    }

    private static readonly int[] s_there = [0, 1, 4, 6, 8];

    private static string Word(ChatEvent happened) =>
        happened switch
        {
            MessageReceived e => e.Message.Text,
            MessagesMissing { Position.Epoch: "e0" } e => $"{e.Count} missing",
            HistoryGap => "gap",
            HistoryEnded => "ended",
            _ => "?",
        };
}
