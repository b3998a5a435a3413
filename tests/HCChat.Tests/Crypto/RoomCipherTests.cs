using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Crypto;

public sealed class RoomCipherTests
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public void A_message_opens_for_another_member_and_carries_its_number()
    {
        using var alice = Cipher();
        using var bob = Cipher();
        var first = alice.Seal("alice", new TextBody("你好"));
        var second = alice.Seal("alice", new TextBody("again"), replyTo: first.Content.Id);
        Assert.Equal(first.Content with { SentAt = first.Content.SentAt }, Open(bob, first).Content);
        var opened = Open(bob, second);
        Assert.Equal((1L, first.Content.Id), (opened.Content.Number, opened.Content.ReplyTo));
        Assert.False(opened.Duplicate || opened.NickMismatch || opened.ClockMismatch);
    }

    [Fact]
    public void The_same_message_twice_is_a_duplicate()
    {
        using var alice = Cipher();
        using var bob = Cipher();
        var message = alice.Seal("alice", new TextBody("x"));
        Assert.False(Open(bob, message).Duplicate);
        Assert.True(Open(bob, message).Duplicate);
    }

    [Fact]
    public void A_name_or_time_that_the_server_gives_otherwise_is_said()
    {
        using var alice = Cipher();
        using var bob = Cipher();
        var message = alice.Seal("alice", new TextBody("x"));
        var later = _clock.GetUtcNow().AddMinutes(11);
        var opened = bob.Open(new ReceivedMessage(message.Text, "mallory", message.Content.Id, later, Whisper: false));
        Assert.True(opened.NickMismatch);
        Assert.True(opened.ClockMismatch);
    }

    [Fact]
    public void Another_message_id_outside_than_inside_is_refused()
    {
        using var alice = Cipher();
        using var bob = Cipher();
        var message = alice.Seal("alice", new TextBody("x"));
        Refused(
            "E_AUTH",
            () => bob.Open(new ReceivedMessage(message.Text, "alice", "AAECAwQFBgcICQoLDA0ODw", null, false))
        );
    }

    [Fact]
    public void A_whisper_that_the_server_shows_to_everybody_is_refused_and_leaves_no_gap()
    {
        using var alice = Cipher();
        using var bob = Cipher();
        Open(bob, alice.Seal("alice", new TextBody("one")));
        var whisper = alice.Seal("alice", new TextBody("psst", To: "bob"));
        Refused("E_AUTH", () => Open(bob, whisper));
        Open(bob, alice.Seal("alice", new TextBody("two")));
        _clock.Advance(ReplayGuard.GapPatience);
        Assert.Empty(bob.TakeGaps());
        Assert.IsType<TextBody>(
            bob.Open(new ReceivedMessage(whisper.Text, "alice", null, null, Whisper: true)).Content.Body
        );
    }

    [Fact]
    public void What_a_cipher_with_an_identity_seals_is_signed_with_it()
    {
        using var identity = SigningIdentity.Generate();
        using var alice = new RoomCipher(new KeyRing(Keys("lobby")), "lobby", _clock, identity);
        using var bob = Cipher();
        Assert.Equal(identity.Key, Open(bob, alice.Seal("alice", new TextBody("x"))).Signer);
        Assert.Null(Open(alice, bob.Seal("bob", new TextBody("x"))).Signer);
        var longest = new string('x', Envelope.MaxContent - 200);
        Refused("E_LIMIT", () => alice.Seal("alice", new TextBody(longest)));
        Assert.Equal(1, alice.Seal("alice", new TextBody("x")).Content.Number);
    }

    [Fact]
    public void A_message_moved_to_another_room_is_refused()
    {
        using var alice = Cipher();
        using var elsewhere = new RoomCipher(new KeyRing(Keys("kitchen")), "kitchen", _clock);
        Refused("E_KEY_UNKNOWN", () => Open(elsewhere, alice.Seal("alice", new TextBody("x"))));
    }

    [Fact]
    public void After_a_new_key_old_messages_still_open()
    {
        var ring = new KeyRing(Keys("lobby"));
        using var alice = new RoomCipher(ring, "lobby", _clock);
        using var bob = Cipher();
        ring.Add(new RoomKeys(new Secret(new byte[32]), "lobby"));
        Assert.NotEqual(bob.Kid, alice.Kid);
        Open(alice, bob.Seal("bob", new TextBody("old key")));
        Refused("E_KEY_UNKNOWN", () => Open(bob, alice.Seal("alice", new TextBody("new key"))));
    }

    [Fact]
    public void Too_long_a_text_is_refused_and_uses_up_no_number()
    {
        using var alice = Cipher();
        Refused("E_LIMIT", () => alice.Seal("alice", new TextBody(new string('x', 33_000))));
        Assert.Equal(0, alice.Seal("alice", new TextBody("x")).Content.Number);
    }

    [Fact]
    public void A_policy_is_raised_by_anything_and_lowered_by_the_user_only()
    {
        var policy = new RoomPolicy(RoomProtection.Passphrase);
        policy.Raise(RoomProtection.Off);
        Assert.False(policy.MaySendPlain);
        Assert.Equal(Incoming.Unprotected, policy.Judge("hello"));
        Assert.Equal(Incoming.Sealed, policy.Judge("E2EE:x"));
        policy.SetByUser(RoomProtection.Off);
        Assert.True(policy.MaySendPlain);
        Assert.Equal(Incoming.Plain, policy.Judge("e2ee:x"));
        Assert.Equal(Incoming.NoKey, policy.Judge("E2EE:x"));
        policy.Raise(RoomProtection.Group);
        Assert.Equal(RoomProtection.Group, policy.Protection);
        Assert.Equal(" E2EE:x", RoomPolicy.PlainText("E2EE:x"));
    }

    private static RoomKeys Keys(string channel) => new(new Secret(Vectors.Pattern(32)), channel);

    private RoomCipher Cipher() => new(new KeyRing(Keys("lobby")), "lobby", _clock);

    private OpenedMessage Open(RoomCipher cipher, SealedMessage message) =>
        cipher.Open(new ReceivedMessage(message.Text, "alice", message.Content.Id, _clock.GetUtcNow(), Whisper: false));

    private static void Refused(string code, Func<object> action) =>
        Assert.Equal(code, Assert.Throws<E2eeException>(action).Code);
}
