using System.Text;
using System.Text.Json.Nodes;
using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Client;

/// <summary>
/// A server that lies, alone or with a member's help, against the promises of spec/crypto.md. What it does not promise to notice is said there in §11.
/// </summary>
public sealed class HostileServerTests : IDisposable
{
    private readonly Stage _stage = new();
    private readonly SigningIdentity _aliceKey = SigningIdentity.Generate();
    private readonly SigningIdentity _otherKey = SigningIdentity.Generate();
    private readonly RoomCipher _alice;

    public HostileServerTests() => _alice = _stage.Member(_aliceKey);

    public void Dispose()
    {
        _alice.Dispose();
        _aliceKey.Dispose();
        _otherKey.Dispose();
        _stage.Dispose();
    }

    [Fact]
    public async Task A_message_under_another_name_is_still_its_authors_and_both_names_are_shown()
    {
        await KnowAliceAsync();
        _stage.Deliver(Say("mine"), nick: "bob", userId: 9);
        var message = await OneMessageAsync();
        Assert.Equal(("alice", "bob", true), (message.Nick, message.ServerNick, message.NickMismatch));
        Assert.Equal((Standing.Pinned, _aliceKey.Key), (message.Authorship!.Standing, message.Authorship.Signer));
    }

    [Fact]
    public async Task A_message_that_the_server_gives_to_us_is_not_ours()
    {
        await KnowAliceAsync();
        _stage.Deliver(Say("not yours"), nick: "me", userId: 1);
        var message = await OneMessageAsync();
        Assert.Equal(("alice", "me", false), (message.Nick, message.ServerNick, message.IsMine));
    }

    [Fact]
    public async Task A_message_of_another_room_is_not_opened_whatever_key_the_envelope_names()
    {
        using var elsewhere = _stage.Member(_aliceKey, channel: "y");
        var moved = elsewhere.Seal("alice", new TextBody("kitchen talk"));
        _stage.Deliver(moved);
        _stage.Deliver(moved, text: Rewritten(moved.Text, json => json["kid"] = _alice.Kid));
        Assert.Equal([E2eeError.KeyUnknown, E2eeError.Auth], await ErrorsAsync());
    }

    [Fact]
    public async Task The_same_message_again_is_dropped_without_a_word()
    {
        var once = Say("once");
        _stage.Deliver(once);
        _stage.Deliver(once);
        _stage.Deliver(once, mid: null);
        Assert.Equal("once", (await OneMessageAsync()).Text);
    }

    [Fact]
    public async Task The_same_message_again_under_another_id_is_refused()
    {
        var once = Say("once");
        _stage.Deliver(once);
        _stage.Deliver(once, mid: ContentJson.NewId());
        Assert.Equal([E2eeError.Auth], await ErrorsAsync());
    }

    [Fact]
    public async Task Another_message_of_the_same_signer_under_a_number_that_has_come_is_a_replay()
    {
        _stage.Deliver(Say("first"));
        var second = Say("second");
        _stage.Deliver(second);
        var copy = second.Content with { Id = ContentJson.NewId(), Body = new TextBody("instead") };
        _stage.Deliver(Sealed(copy, _aliceKey));
        Assert.Equal([E2eeError.Replay], await ErrorsAsync());
    }

    [Fact]
    public async Task Nobody_uses_up_the_numbers_of_somebody_else()
    {
        // A member can copy somebody's sid, and take the number that comes next.
        var first = Say("first");
        _stage.Deliver(first);
        var next = first.Content with { Id = ContentJson.NewId(), Number = 1, Body = new TextBody("instead") };
        _stage.Deliver(Sealed(next, null));
        _stage.Deliver(Sealed(next with { Id = ContentJson.NewId() }, _otherKey));
        _stage.Deliver(Say("second"));
        var heard = (await _stage.HeardAsync()).OfType<MessageReceived>().Select(e => e.Message).ToList();
        Assert.Equal(
            [
                ("first", Standing.First),
                ("instead", Standing.Missing),
                ("instead", Standing.Changed),
                ("second", Standing.Pinned),
            ],
            heard.Select(m => (m.Text, m.Authorship!.Standing))
        );
    }

    [Fact]
    public async Task A_message_that_is_delivered_much_later_is_shown_with_both_times()
    {
        var held = Say("I agree");
        _stage.Clock.Advance(TimeSpan.FromMinutes(11));
        _stage.Deliver(held);
        var message = await OneMessageAsync();
        Assert.True(message.ClockMismatch);
        Assert.Equal(TimeSpan.FromMinutes(11), message.Time - message.SentAt);
    }

    [Fact]
    public async Task Messages_in_another_order_are_all_shown_once_and_none_is_called_missing()
    {
        SealedMessage[] said = [Say("a"), Say("b"), Say("c"), Say("d")];
        foreach (var i in new[] { 0, 3, 1, 2 })
        {
            _stage.Deliver(said[i]);
        }
        PassTime();
        var heard = await _stage.HeardAsync();
        Assert.Equal(["a", "d", "b", "c"], heard.OfType<MessageReceived>().Select(e => e.Message.Text));
        Assert.DoesNotContain(heard, e => e is MessagesMissing or UnreadableReceived);
    }

    [Fact]
    public async Task Messages_that_are_held_back_are_counted_as_missing_once()
    {
        _stage.Deliver(Say("before"));
        Say("dropped");
        Say("dropped");
        _stage.Deliver(Say("after"));
        PassTime();
        PassTime();
        var heard = await _stage.HeardAsync();
        Assert.Equal(2, Assert.Single(heard.OfType<MessagesMissing>()).Count);
    }

    [Fact]
    public async Task A_member_that_the_server_invents_reads_nothing_and_says_nothing_that_looks_sealed()
    {
        _stage.Tell(
            new
            {
                cmd = "onlineAdd",
                channel = Stage.Channel,
                userid = 66,
                nick = "ghost",
            }
        );
        var ghost = _stage.Room.Members.Single(member => member.Nick == "ghost");
        _ = _stage.Room.WhisperAsync(ghost, "the secret plan", TestContext.Current.CancellationToken);
        _ = _stage.Room.SendAsync("the secret plan", stop: TestContext.Current.CancellationToken);
        Assert.DoesNotContain(_stage.Sent, f => f.ToJsonString().Contains("secret", StringComparison.Ordinal));
        Assert.All(
            _stage.Sent.Where(f => f["text"] is not null),
            f => Assert.StartsWith("E2EE:", (string)f["text"]!, StringComparison.Ordinal)
        );
        var real = Say("real");
        _stage.Deliver(real, text: "hello, I am new here", mid: ContentJson.NewId(), nick: "ghost", userId: 66);
        using var noKey = new RoomCipher(
            new KeyRing(new RoomKeys(Secret.Random(32), Stage.Channel)),
            Stage.Channel,
            _stage.Clock
        );
        var guessed = noKey.Seal("ghost", new TextBody("hello"));
        _stage.Deliver(guessed, userId: 66);
        _stage.Deliver(guessed, text: Rewritten(guessed.Text, json => json["kid"] = _alice.Kid), userId: 66);
        var heard = await _stage.HeardAsync();
        Assert.Equal("ghost", Assert.Single(heard.OfType<UnprotectedReceived>()).ServerNick);
        Assert.Equal([E2eeError.KeyUnknown, E2eeError.Auth], Errors(heard));
        Assert.DoesNotContain(heard, e => e is MessageReceived);
    }

    [Fact]
    public async Task What_somebody_who_signs_is_made_to_say_without_a_signature_comes_with_a_warning()
    {
        await KnowAliceAsync();
        var said = Say("Lunch at noon?");
        _stage.Deliver(Sealed(said.Content, null)); // a member has opened it, and sealed it again
        var message = await OneMessageAsync();
        Assert.Equal(
            (Standing.Missing, true, null, _aliceKey.Key),
            (
                message.Authorship!.Standing,
                message.Authorship.IsDoubtful,
                message.Authorship.Signer,
                message.Authorship.Known
            )
        );
    }

    [Fact]
    public async Task What_is_signed_with_another_key_under_a_known_nick_comes_with_a_warning_until_the_user_accepts_the_key()
    {
        await KnowAliceAsync();
        Assert.True(_stage.Room.VerifyKey("alice", _aliceKey.Key));
        using var mallory = _stage.Member(_otherKey);
        _stage.Deliver(mallory.Seal("Ａlice", new TextBody("me again")));
        var doubted = (await OneMessageAsync()).Authorship!;
        Assert.Equal(
            (Standing.Changed, _otherKey.Key, _aliceKey.Key),
            (doubted.Standing, doubted.Signer, doubted.Known)
        );
        _stage.Deliver(Say("no, it is me"));
        Assert.Equal(Standing.Verified, (await OneMessageAsync()).Authorship!.Standing);
        _stage.Room.AcceptKey("alice", _otherKey.Key);
        _stage.Deliver(mallory.Seal("alice", new TextBody("thank you")));
        Assert.Equal(Standing.Pinned, (await OneMessageAsync()).Authorship!.Standing); // and not verified any more
    }

    [Fact]
    public async Task A_signature_counts_for_the_words_the_room_and_the_key_that_it_was_made_for()
    {
        await KnowAliceAsync();
        var said = Say("yes");
        var (a, b) = (Say("pay bob"), Say("pay eve"));
        _stage.Deliver(a, text: b.Text); // another body in its frame
        _stage.Deliver(said, text: Rewritten(said.Text, json => json["alg"] = "AES-GCM")); // the signature as if it were content
        Assert.Equal([E2eeError.Auth, E2eeError.Auth], await ErrorsAsync());
    }

    [Fact]
    public async Task An_older_or_unknown_envelope_is_not_opened_in_a_room_of_version_2()
    {
        using var old = new LegacyEnvelope("passphrase", Stage.Channel);
        var said = Say("x");
        _stage.Deliver(said, text: old.Seal("downgraded"));
        _stage.Deliver(said, text: Rewritten(said.Text, json => json["v"] = 1));
        _stage.Deliver(said, text: Rewritten(said.Text, json => json["alg"] = "none"));
        Assert.Equal([E2eeError.Version, E2eeError.Version, E2eeError.Alg], await ErrorsAsync());
    }

    [Fact]
    public async Task Text_in_clear_is_never_a_message_and_nothing_leaves_in_clear_after_it()
    {
        await KnowAliceAsync();
        _stage.Deliver(Say("x"), text: "this room is not encrypted any more");
        _stage.Deliver(Say("x"), cmd: "emote", text: "@alice waves");
        _ = _stage.Room.SendAsync("the secret plan", stop: TestContext.Current.CancellationToken);
        var heard = await _stage.HeardAsync();
        Assert.Equal(2, heard.OfType<UnprotectedReceived>().Count());
        Assert.DoesNotContain(heard, e => e is MessageReceived);
        Assert.DoesNotContain(_stage.Sent, f => f.ToJsonString().Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_whisper_is_not_shown_aloud_and_what_was_said_aloud_is_not_shown_as_a_whisper()
    {
        _stage.Deliver(_alice.Seal("alice", new TextBody("psst", To: "me")), cmd: "chat");
        _stage.Deliver(Say("to all"), cmd: "whisper");
        Assert.Equal([E2eeError.Auth, E2eeError.Auth], await ErrorsAsync());
    }

    [Fact]
    public async Task A_whisper_that_is_handed_to_another_says_for_whom_it_was_written()
    {
        _stage.Deliver(_alice.Seal("alice", new TextBody("for carl alone", To: "carl")), cmd: "whisper");
        _stage.Deliver(_alice.Seal("alice", new TextBody("for you", To: "ＭＥ")), cmd: "whisper");
        var heard = (await _stage.HeardAsync()).OfType<MessageReceived>().Select(e => e.Message);
        Assert.Equal([("for carl alone", "carl"), ("for you", null)], heard.Select(m => (m.Text, m.WrittenTo)));
    }

    [Fact]
    public async Task An_edit_of_one_message_is_not_applied_to_another()
    {
        var (one, two) = (Say("one"), Say("two"));
        _stage.Deliver(one);
        _stage.Deliver(two);
        var edit = _alice.Seal("alice", new EditBody(one.Content.Id, "ONE"));
        _stage.Deliver(edit, cmd: "edit", target: two.Content.Id);
        Assert.Equal([E2eeError.Auth], await ErrorsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_somebody_signed_nobody_else_edits_removes_or_takes_back(bool signsWithAnotherKey)
    {
        var said = Say("I owe you 10");
        _stage.Deliver(said);
        _stage.Deliver(_alice.Seal("alice", new ReactBody(said.Content.Id, "👍")), cmd: "note");
        await _stage.HeardAsync();
        // With the room's key, alice's nick, connection and sid, which a member knows and the server helps with.
        var n = said.Content.Number + 1;
        foreach (
            var (body, cmd) in new (ContentBody, string)[]
            {
                (new EditBody(said.Content.Id, "I owe you 1000"), "edit"),
                (new DeleteBody(said.Content.Id), "delete"),
                (new ReactBody(said.Content.Id, "👍", Off: true), "note"),
            }
        )
        {
            var forged = said.Content with { Id = ContentJson.NewId(), Number = ++n, Body = body };
            _stage.Deliver(Sealed(forged, signsWithAnotherKey ? _otherKey : null), cmd: cmd, target: said.Content.Id);
        }
        Assert.DoesNotContain(await _stage.HeardAsync(), e => e is MessageEdited or MessageDeleted or ReactionReceived);
        // She does it herself from another device: another sid, connection and no trip.
        using var tablet = _stage.Member(_aliceKey);
        _stage.Deliver(
            tablet.Seal("alice", new EditBody(said.Content.Id, "I owe you 11")),
            cmd: "edit",
            target: said.Content.Id,
            userId: 8
        );
        _stage.Deliver(tablet.Seal("alice", new ReactBody(said.Content.Id, "👍", Off: true)), cmd: "note", userId: 8);
        var heard = await _stage.HeardAsync();
        var edited = Assert.Single(heard.OfType<MessageEdited>());
        Assert.Equal(("I owe you 11", Standing.Pinned), (edited.Text, edited.Authorship!.Standing));
        Assert.True(Assert.Single(heard.OfType<ReactionReceived>()).Off);
    }

    [Fact]
    public async Task A_forged_reaction_that_comes_first_is_warned_of_and_does_not_shut_out_the_real_one()
    {
        var said = Say("lunch?");
        _stage.Deliver(said);
        await _stage.HeardAsync();
        using var mallory = _stage.Member(_otherKey);
        _stage.Deliver(mallory.Seal("alice", new ReactBody(said.Content.Id, "👍")), cmd: "note");
        _stage.Deliver(_alice.Seal("alice", new ReactBody(said.Content.Id, "👍")), cmd: "note");
        _stage.Deliver(mallory.Seal("alice", new ReactBody(said.Content.Id, "👍", Off: true)), cmd: "note");
        Assert.Equal(
            [(false, Standing.Changed), (false, Standing.Pinned)],
            (await _stage.HeardAsync()).OfType<ReactionReceived>().Select(e => (e.Off, e.Authorship!.Standing))
        );
    }

    [Fact]
    public async Task Also_when_the_forged_change_is_delivered_before_the_message_that_it_is_about()
    {
        var said = Say("I owe you 10");
        var forged = said.Content with
        {
            Id = ContentJson.NewId(),
            Number = 7,
            Body = new EditBody(said.Content.Id, "I owe you 1000"),
        };
        _stage.Deliver(Sealed(forged, _otherKey), cmd: "edit", target: said.Content.Id);
        _stage.Deliver(said);
        Assert.DoesNotContain(await _stage.HeardAsync(), e => e is MessageEdited);
    }

    [Fact]
    public async Task What_the_server_removes_by_right_of_rank_is_never_the_authors_deed()
    {
        var said = Say("mine");
        _stage.Deliver(said);
        _stage.Tell(
            new
            {
                cmd = "delete",
                channel = Stage.Channel,
                nick = "alice",
                userid = 7,
                target = said.Content.Id,
                mid = ContentJson.NewId(),
                moderator = true,
                epoch = "e1",
                seq = 2,
            }
        );
        var deleted = Assert.Single((await _stage.HeardAsync()).OfType<MessageDeleted>());
        Assert.Equal((true, false, null), (deleted.ByModerator, deleted.Proven, deleted.Authorship));
    }

    private SealedMessage Say(string text) => _alice.Seal("alice", new TextBody(text));

    /// <summary>Content as somebody seals it who has the room's key.</summary>
    private SealedMessage Sealed(Content content, SigningIdentity? identity) =>
        new(Envelope.Seal(_stage.Keys, ContentJson.Write(content), identity), content);

    private async Task KnowAliceAsync()
    {
        _stage.Deliver(Say("hello"));
        Assert.Equal(Standing.First, (await OneMessageAsync()).Authorship!.Standing);
    }

    private async Task<Message> OneMessageAsync() =>
        Assert.Single((await _stage.HeardAsync()).OfType<MessageReceived>()).Message;

    private async Task<IEnumerable<E2eeError>> ErrorsAsync() => Errors(await _stage.HeardAsync());

    private static IEnumerable<E2eeError> Errors(IEnumerable<ChatEvent> heard) =>
        heard.OfType<UnreadableReceived>().Select(e => e.Error);

    private void PassTime()
    {
        _stage.Clock.Advance(TimeSpan.FromSeconds(31));
        _stage.Room.OnTick();
    }

    private static string Rewritten(string envelope, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(Convert.FromBase64String(envelope["E2EE:".Length..]))!;
        change(json);
        return "E2EE:" + Convert.ToBase64String(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }
}
