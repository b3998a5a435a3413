using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.Tests.Crypto;

namespace HCChat.Tests.Client;

/// <summary>What a client believes of a room's call, and the keys that it makes (spec/crypto.md §8).</summary>
public sealed class RoomCallTests : IDisposable
{
    private static readonly string[] s_ann = ["p_ann"];

    private readonly Stage _stage = new();
    private readonly SigningIdentity _aliceKey = SigningIdentity.Generate();
    private readonly RoomCipher _alice;

    public RoomCallTests() => _alice = _stage.Member(_aliceKey);

    public void Dispose()
    {
        _alice.Dispose();
        _aliceKey.Dispose();
        _stage.Dispose();
    }

    [Fact]
    public async Task A_call_is_known_by_the_envelope_that_began_it_and_over_when_the_server_tells_of_none()
    {
        var call = Begin(video: true);
        var told = Assert.IsType<CallChanged>(Assert.Single(await CallsAsync())).Call;
        Assert.Equal((call.CallId, "alice", true), (told.Id, told.Nick, told.Video));
        Assert.Equal(_aliceKey.Key, told.Authorship!.Signer);
        Assert.Equal(("p_ann", "nick of p_ann"), (told.People[0].Identity, told.People[0].Nick));
        Assert.Equal(told, _stage.Room.Call);
        _stage.Tell(new { cmd = "call", channel = Stage.Channel });
        Assert.Equal(call.CallId, Assert.IsType<CallEnded>(Assert.Single(await CallsAsync())).CallId);
        Assert.Equal("no_call", Assert.Throws<CommandRefusedException>(() => _stage.Room.CallKeyOf("p_ann")).Code);
    }

    [Fact]
    public async Task One_that_is_over_is_not_believed_again_and_that_is_said_once()
    {
        var start = _alice.Seal("alice", new CallStartBody(ContentJson.NewId()));
        Tell(start);
        _stage.Tell(new { cmd = "call", channel = Stage.Channel });
        await _stage.HeardAsync();
        Tell(start);
        Tell(start);
        var notice = Assert.IsType<NoticeReceived>(Assert.Single(await _stage.HeardAsync()));
        Assert.Equal("call_not_believed", notice.Code);
        Assert.Null(_stage.Room.Call);
    }

    [Fact]
    public void Nothing_else_begins_one()
    {
        using var elsewhere = _stage.Member(_aliceKey, channel: "y");
        Tell(elsewhere.Seal("alice", new CallStartBody(ContentJson.NewId())));
        Assert.Null(_stage.Room.Call);
        Tell(_alice.Seal("alice", new TextBody("hello")));
        Assert.Null(_stage.Room.Call);
        Tell(_alice.Seal("alice", new CallStartBody(ContentJson.NewId(), "of another kind")));
        Assert.Null(_stage.Room.Call);
        Tell(_alice.Seal("alice", new CallStartBody(ContentJson.NewId())), mid: ContentJson.NewId());
        Assert.Null(_stage.Room.Call);
        Tell(_alice.Seal("alice", new CallStartBody(ContentJson.NewId())) with { Text = "hello" });
        Assert.Null(_stage.Room.Call);
        var old = _alice.Seal("alice", new CallStartBody(ContentJson.NewId()));
        _stage.Clock.Advance(TimeSpan.FromHours(25));
        Tell(old);
        Assert.Null(_stage.Room.Call);
    }

    [Fact]
    public void What_is_said_of_a_call_leaves_no_hole_in_the_senders_numbers()
    {
        var first = _alice.Seal("alice", new TextBody("one"));
        var start = _alice.Seal("alice", new CallStartBody(ContentJson.NewId()));
        var second = _alice.Seal("alice", new TextBody("two"));
        Assert.Equal((first.Content.Number + 1, 0), (second.Content.Number, start.Content.Number));
        Assert.NotEqual(first.Content.Sid, start.Content.Sid);
    }

    [Fact]
    public void Keys_are_everybodys_own_and_follow_the_epoch_as_far_as_it_is_honest()
    {
        var call = Begin();
        Assert.Equal(KeyOf(call.CallId, "p_ann", 0), _stage.Room.CallKeyOf("p_ann").Text);
        Assert.NotEqual(_stage.Room.CallKeyOf("p_ann").Text, _stage.Room.CallKeyOf("p_bob").Text);
        Rekey(call.CallId, 18);
        Rekey(call.CallId, 17);
        Rekey(call.CallId, 18 + 1_001);
        Rekey(ContentJson.NewId(), 20);
        var key = _stage.Room.CallKeyOf("p_ann");
        Assert.Equal((KeyOf(call.CallId, "p_ann", 18), 18, 2), (key.Text, key.Epoch, key.Index));
        Assert.DoesNotContain(key.Text, key.ToString(), StringComparison.Ordinal);
        Begin(call: call); // who is in it has changed
        Assert.Equal(18, _stage.Room.Call!.Epoch);
    }

    [Fact]
    public void A_key_is_handed_over_as_every_sdk_of_LiveKits_stretches_it()
    {
        foreach (var vector in Vectors.Each("rtc"))
        {
            var key = new CallKey(vector.Str("identity"), vector.Int("epoch"), vector.Hex("keyHex"));
            Assert.Equal(vector.Str("livekitKeyString"), key.Text);
            var stretched = Rfc2898DeriveBytes.Pbkdf2(
                key.Bytes(),
                Encoding.UTF8.GetBytes("LKFrameEncryptionKey"),
                100_000,
                HashAlgorithmName.SHA256,
                16
            );
            Assert.Equal(vector.Hex("livekitFrameKeyHex"), stretched);
        }
    }

    [Fact]
    public void One_of_those_in_the_call_repeats_changed_keys_for_whoever_comes_and_changes_them_when_it_is_time()
    {
        var (said, me) = ListenIn("p_ann", "p_bob");
        me.Rekeyed(me.Current!.Id, 1);
        Tell(me, "p_ann", "p_bob");
        Assert.Empty(said);
        Tell(me, "p_ann", "p_bob", "p_cat");
        Assert.Equal([1], said.Select(s => s.Epoch));
        me.PutOut();
        Assert.Equal([1, 2], said.Select(s => s.Epoch));
        me.Rekeyed(me.Current.Id, 2);
        me.OnTick();
        _stage.Clock.Advance(TimeSpan.FromHours(8));
        me.OnTick();
        me.OnTick();
        Assert.Equal([1, 2, 3], said.Select(s => s.Epoch));
    }

    [Fact]
    public void Whoever_is_not_the_first_of_them_or_not_in_it_leaves_that_to_others()
    {
        var (said, second) = ListenIn("p_bob", "p_ann");
        second.Rekeyed(second.Current!.Id, 1);
        Tell(second, "p_ann", "p_bob", "p_cat");
        _stage.Clock.Advance(TimeSpan.FromHours(8));
        second.OnTick();
        Assert.Empty(said);
        second.Identity = null;
        second.PutOut();
        Assert.Empty(said);
    }

    [Fact]
    public void Whoever_comes_is_told_the_keys_although_they_are_the_first_from_now_on()
    {
        var (said, me) = ListenIn("p_bob", "p_cat");
        me.Rekeyed(me.Current!.Id, 3);
        Tell(me, "p_ann", "p_bob", "p_cat");
        Assert.Equal([3], said.Select(s => s.Epoch));
        // The next change is heard by all, and then it is theirs.
        me.Rekeyed(me.Current.Id, 4);
        Tell(me, "p_ann", "p_bob", "p_cat", "p_dan");
        Assert.Equal([3], said.Select(s => s.Epoch));
    }

    [Fact]
    public void Whoever_came_later_and_asks_for_other_keys_gets_them_however_low_the_epoch_they_know()
    {
        var (said, me) = ListenIn("p_bob", "p_cat");
        me.Rekeyed(me.Current!.Id, 7);
        Tell(me, "p_ann", "p_bob", "p_cat");
        said.Clear();
        me.Rekeyed(me.Current.Id, 1); // too soon after the last change to be more than chance
        Assert.Empty(said);
        _stage.Clock.Advance(TimeSpan.FromSeconds(5));
        me.Rekeyed(me.Current.Id, 7);
        Assert.Empty(said);
        me.Rekeyed(me.Current.Id, 1);
        me.Rekeyed(me.Current.Id, 1);
        Assert.Equal([8], said.Select(s => s.Epoch));
        Assert.Equal(7, me.Current.Epoch);
    }

    // A call with somebody's view of it, who is in it with one other.
    private (List<CallRekeyBody> Said, RoomCall Call) ListenIn(string me, string other)
    {
        var said = new List<CallRekeyBody>();
        var protection = new RoomLock(
            RoomAccess.ByLink(
                new InviteLink(new Uri("http://localhost/"), Stage.Channel, new Secret(_stage.Keys.Root.Reveal()))
            ),
            _stage.Clock
        );
        protection.Unlock([]);
        var call = new RoomCall(protection, null, _stage.Clock, Stage.Channel, _ => { }, said.Add);
        _start = _alice.Seal("alice", new CallStartBody(ContentJson.NewId()));
        Tell(call, me, other);
        call.Identity = me;
        return (said, call);
    }

    private SealedMessage _start = null!;

    private void Tell(RoomCall call, params string[] people)
    {
        using var frame = JsonSerializer.SerializeToDocument(Told(_start, null, people));
        call.Told(frame.RootElement.GetProperty("call"));
    }

    private CallStartBody Begin(bool video = false, CallStartBody? call = null)
    {
        var body = call ?? new CallStartBody(ContentJson.NewId(), Video: video);
        Tell(_alice.Seal("alice", body));
        return body;
    }

    private void Rekey(string callId, long epoch) =>
        _stage.Deliver(_alice.Seal("alice", new CallRekeyBody(callId, epoch)), "note");

    private void Tell(SealedMessage start, string? mid = null) => _stage.Tell(Told(start, mid, s_ann));

    private static object Told(SealedMessage start, string? mid, string[] people) =>
        new
        {
            cmd = "call",
            channel = Stage.Channel,
            call = new
            {
                people = people.Select(p => new { nick = "nick of " + p, identity = p }),
                start = new
                {
                    cmd = "chat",
                    channel = Stage.Channel,
                    nick = "alice",
                    text = start.Text,
                    mid = mid ?? start.Content.Id,
                },
            },
        };

    private string KeyOf(string callId, string identity, uint epoch)
    {
        using var key = _stage.Keys.CallKey(callId, identity, epoch);
        return Convert.ToBase64String(key.Reveal());
    }

    private async Task<IEnumerable<ChatEvent>> CallsAsync() =>
        (await _stage.HeardAsync()).Where(e => e is CallChanged or CallEnded);
}
