using System.Text.Json;
using HCChat.Client;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>Order, loss and return, frame by frame as spec/protocol.md has them.</summary>
public sealed class ComingBackTests : IAsyncLifetime
{
    private readonly ScriptedServer _server = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private Guest? _alice;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync(); // first: it would not answer a polite close, and the test's clock stands still
        await _alice!.DisposeAsync();
    }

    [Fact]
    public async Task What_comes_twice_is_shown_once()
    {
        var alice = await JoinAsync(head: 4);
        await SayAsync(5, 5, 4, 6, 5);
        Assert.Equal([5, 6], await HeardAsync(alice, 2));
        Assert.Equal(new RoomPosition("e1", 6), alice.Room.Position);
    }

    [Fact]
    public async Task What_comes_too_early_waits_until_the_hole_is_filled()
    {
        var alice = await JoinAsync(head: 4);
        await SayAsync(6, 7);
        var sync = await _server.HearAsync("sync");
        Assert.Equal(("e1", 4), (sync.GetProperty("epoch").GetString(), sync.GetProperty("since").GetInt64()));
        await SayAsync(5); // late, and by the other way: it fills the hole too
        await ReplayAsync(5, 6, [5, 6]);
        Assert.Equal([5, 6, 7], await HeardAsync(alice, 3));
    }

    [Fact]
    public async Task A_number_that_a_page_covers_without_an_event_will_not_come()
    {
        var alice = await JoinAsync(head: 4);
        await SayAsync(9);
        await _server.HearAsync("sync");
        await ReplayAsync(5, 8, [7]);
        Assert.Equal([7, 9], await HeardAsync(alice, 2));
    }

    [Fact]
    public async Task Pages_are_asked_for_until_there_is_no_more()
    {
        var alice = await JoinAsync(head: 0);
        await SayAsync(4);
        await _server.HearAsync("sync");
        await ReplayAsync(1, 2, [1, 2], more: true);
        Assert.Equal(2, (await _server.HearAsync("sync")).GetProperty("since").GetInt64());
        await ReplayAsync(3, 4, [3, 4]);
        Assert.Equal([1, 2, 3, 4], await HeardAsync(alice, 4));
    }

    [Fact]
    public async Task A_question_without_an_answer_is_asked_again()
    {
        await JoinAsync(head: 4);
        await SayAsync(6);
        await _server.HearAsync("sync");
        var again = _server.HearAsync("sync");
        await _clock.RunAsync(TimeSpan.FromSeconds(1), again);
        Assert.Equal(4, (await again).GetProperty("since").GetInt64());
    }

    [Fact]
    public async Task After_a_lost_connection_the_position_is_told_and_what_happens_meanwhile_waits_for_the_replay()
    {
        var alice = await JoinAsync(head: 4);
        await SayAsync(5);
        Assert.Equal([5], await HeardAsync(alice, 1));
        await _server.CloseAsync(1012);
        await ComeBackAsync(alice);
        var session = await _server.GreetAsync();
        var known = session.GetProperty("resume").EnumerateArray().Single();
        Assert.Equal(
            ("lobby", "e1", 5),
            (
                known.GetProperty("channel").GetString(),
                known.GetProperty("epoch").GetString(),
                known.GetProperty("seq").GetInt64()
            )
        );
        var join = await _server.AdmitAsync(epoch: "e1", head: 8);
        Assert.Equal(5, join.GetProperty("resume").GetProperty("seq").GetInt64());
        await SayAsync(9, 10);
        await ReplayAsync(6, 8, [6, 7, 8]);
        Assert.Equal([6, 7, 8, 9, 10], await HeardAsync(alice, 5));
    }

    [Fact]
    public async Task A_position_that_cannot_be_continued_is_a_gap_and_reading_goes_on_from_the_newest_page()
    {
        var alice = await JoinAsync(head: 4);
        await _server.CloseAsync(1012);
        await ComeBackAsync(alice);
        await _server.GreetAsync();
        await _server.AdmitAsync(epoch: "e1", head: 90);
        await RefuseReplayAsync("e1", oldest: 80, head: 90);
        var sync = await _server.HearAsync("sync");
        Assert.False(sync.TryGetProperty("since", out _));
        await ReplayAsync(89, 90, [89, 90], more: true, oldest: 80);
        Assert.Equal(89, (await _server.HearAsync("sync")).GetProperty("before").GetInt64());
        await ReplayAsync(80, 88, [80, 85], oldest: 80);
        await alice.NextAsync<HistoryGap>();
        Assert.Equal([80, 85, 89, 90], await HeardAsync(alice, 4));
    }

    [Fact]
    public async Task Reading_backwards_over_the_beginning_of_an_epoch_finds_what_is_known_and_then_there_is_no_gap()
    {
        var alice = await JoinAsync(head: 4);
        await _server.SayAsync(Chat(2, "e2")); // another epoch, while we are here
        Assert.Equal("e2", (await _server.HearAsync("sync")).GetProperty("epoch").GetString());
        await ReplayAsync(1, 2, [1, 2], epoch: "e2", previous: "e1");
        Assert.Equal("e1", (await _server.HearAsync("sync")).GetProperty("epoch").GetString());
        await ReplayAsync(3, 5, [3, 4, 5]);
        await _server.SayAsync(Chat(3, "e2"));
        var seen = await EventsAsync(alice, 4);
        Assert.Equal(
            [new("e1", 5), new("e2", 1), new("e2", 2), new RoomPosition("e2", 3)],
            seen.OfType<MessageReceived>().Select(e => e.Position!.Value)
        );
        Assert.DoesNotContain(seen, e => e is HistoryGap);
    }

    [Fact]
    public async Task A_late_refusal_does_not_end_reading_backwards()
    {
        var alice = await JoinAsync(head: 4);
        await _server.SayAsync(Chat(1, "e3"));
        await _server.HearAsync("sync");
        await ReplayAsync(1, 1, [1], epoch: "e3", previous: "e2");
        await _server.HearAsync("sync");
        await RefuseReplayAsync("e3", oldest: 1, head: 1); // to an earlier question
        Assert.Equal("e2", (await _server.HearAsync("sync")).GetProperty("epoch").GetString());
        await ReplayAsync(1, 1, [1], epoch: "e2", previous: "e1");
        await _server.HearAsync("sync");
        await ReplayAsync(1, 4, [3, 4]);
        var seen = await EventsAsync(alice, 2);
        Assert.Equal(
            [new("e2", 1), new RoomPosition("e3", 1)],
            seen.OfType<MessageReceived>().Select(e => e.Position!.Value)
        );
        Assert.DoesNotContain(seen, e => e is HistoryGap);
    }

    [Fact]
    public async Task More_whispers_than_a_page_are_read_to_the_beginning_and_over_the_beginning_of_an_epoch()
    {
        var alice = await JoinAsync(head: 4);
        await InboxAsync("i2", 3, 3, more: true);
        var sync = await _server.HearAsync("sync");
        Assert.Equal(
            (true, "i2", 3),
            (
                sync.GetProperty("inbox").GetBoolean(),
                sync.GetProperty("epoch").GetString(),
                sync.GetProperty("before").GetInt64()
            )
        );
        await _server.SayAsync(Whisper(4, "i2")); // while older ones are read: it comes behind them
        await InboxAsync("i2", 1, 2, previous: "i1");
        Assert.Equal("i1", (await _server.HearAsync("sync")).GetProperty("epoch").GetString());
        await InboxAsync("i1", 1, 2);
        var seen = await EventsAsync(alice, 6);
        Assert.Equal(
            ["i1 1", "i1 2", "i2 1", "i2 2", "i2 3", "i2 4"],
            seen.OfType<MessageReceived>().Select(e => e.Message.Text)
        );
        Assert.DoesNotContain(seen, e => e is HistoryGap);
    }

    [Fact]
    public async Task The_token_of_the_latest_session_frame_opens_the_next_session()
    {
        var alice = await JoinAsync(head: 4);
        await _server.SayAsync("""{"cmd":"session","restored":false,"token":"t2","channels":["lobby"],"proto":3}""");
        await SayAsync(5);
        await HeardAsync(alice, 1);
        await _server.CloseAsync(1012);
        await ComeBackAsync(alice);
        Assert.Equal("t2", (await _server.GreetAsync("t3")).GetProperty("token").GetString());
        await _server.CloseAsync(1012);
        await ComeBackAsync(alice);
        Assert.Equal("t3", (await _server.GreetAsync("t4")).GetProperty("token").GetString());
    }

    [Fact]
    public async Task Frames_without_a_number_pass_as_they_come_and_a_server_that_gives_none_is_asked_nothing()
    {
        var alice = await JoinAsync(head: 0, epoch: null);
        await SayAsync(7, 3);
        await _server.SayAsync("""{"cmd":"chat","channel":"lobby","nick":"bob","userid":2,"text":"muted","id":"1"}""");
        var seen = await EventsAsync(alice, 3);
        Assert.Equal(["7", "3", "muted"], seen.OfType<MessageReceived>().Select(e => e.Message.Text));
        var history = new List<ChatEvent>();
        await foreach (var happened in alice.Room.HistoryAsync(stop: TestContext.Current.CancellationToken))
        {
            history.Add(happened);
        }
        Assert.IsType<HistoryEnded>(Assert.Single(history));
    }

    [Fact]
    public async Task Whispers_are_shown_once_and_told_to_the_server_by_a_position_of_their_own()
    {
        var alice = await JoinAsync(head: 4);
        await WhisperAsync(1);
        await WhisperAsync(1);
        await WhisperAsync(2);
        await SayAsync(5);
        var seen = await EventsAsync(alice, 3);
        Assert.Equal(["w1", "w2", "5"], seen.OfType<MessageReceived>().Select(e => e.Message.Text));
        await _server.CloseAsync(1012);
        await ComeBackAsync(alice);
        var known = (await _server.GreetAsync()).GetProperty("resume").EnumerateArray().Last();
        Assert.Equal((true, 2), (known.GetProperty("inbox").GetBoolean(), known.GetProperty("seq").GetInt64()));
        await _server.AdmitAsync(epoch: "e1", head: 5);
        await _server.SayAsync(
            $$"""{"cmd":"replay","channel":"lobby","inbox":true,"epoch":"i1","recovered":true,"from":2,"to":3,"events":[{{Whisper(2)}},{{Whisper(3)}}]}"""
        );
        Assert.Equal("w3", (await alice.NextAsync<MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task A_first_join_brings_nothing_old_unless_it_is_asked_for()
    {
        var alice = await JoinAsync(head: 4, with: options => options with { History = 3 });
        var reading = HeardAsync(alice, 5);
        var sync = await _server.HearAsync("sync");
        Assert.Equal(5, sync.GetProperty("before").GetInt64());
        await SayAsync(5, 6);
        await ReplayAsync(3, 4, [3, 4], more: true);
        Assert.Equal(3, (await _server.HearAsync("sync")).GetProperty("before").GetInt64());
        await ReplayAsync(1, 2, [1, 2], more: true);
        Assert.Equal([2, 3, 4, 5, 6], await reading);
    }

    private static string Chat(long seq, string epoch = "e1") =>
        $$"""{"cmd":"chat","channel":"lobby","nick":"bob","userid":2,"text":"{{seq}}","id":"m{{seq}}","epoch":"{{epoch}}","seq":{{seq}}}""";

    private static string Whisper(int seq, string? epoch = null) =>
        $$$"""{"cmd":"whisper","channel":"lobby","from":2,"to":1,"nick":"bob","text":"{{{epoch ?? "w"}}}{{{(epoch is null ? "" : " ")}}}{{{seq}}}","inbox":{"epoch":"{{{epoch ?? "i1"}}}","seq":{{{seq}}}}}""";

    private Task InboxAsync(string epoch, int from, int to, bool more = false, string? previous = null) =>
        _server.SayAsync(
            new
            {
                cmd = "replay",
                channel = "lobby",
                inbox = true,
                epoch,
                recovered = true,
                oldest = 1,
                head = epoch == "i2" ? 3 : to,
                from,
                to,
                events = Enumerable
                    .Range(from, to - from + 1)
                    .Select(seq => JsonSerializer.Deserialize<JsonElement>(Whisper(seq, epoch))),
                more,
                previous,
            }
        );

    private static async Task<List<ChatEvent>> EventsAsync(Guest alice, int messages)
    {
        var seen = new List<ChatEvent>();
        while (seen.OfType<MessageReceived>().Count() < messages)
        {
            seen.Add(await alice.NextAsync<ChatEvent>());
        }
        return seen;
    }

    private static async Task<IEnumerable<long>> HeardAsync(Guest alice, int messages) =>
        (await EventsAsync(alice, messages)).OfType<MessageReceived>().Select(e => e.Position!.Value.Seq);

    private async Task<Guest> JoinAsync(long head, string? epoch = "e1", Func<ChatOptions, ChatOptions>? with = null)
    {
        var joining = Guest.JoinAsync(_server.Url, "alice", RoomAccess.Plain("lobby"), _clock, with);
        await _server.AcceptAsync();
        await _server.GreetAsync();
        await _server.AdmitAsync(epoch: epoch, head: head);
        return _alice = await joining;
    }

    private async Task ComeBackAsync(Guest alice)
    {
        await alice.NextAsync<Disconnected>();
        await _clock.RunAsync(TimeSpan.FromSeconds(1), _server.AcceptAsync());
    }

    private Task WhisperAsync(int seq) => _server.SayAsync(Whisper(seq));

    private async Task SayAsync(params long[] numbers)
    {
        foreach (var seq in numbers)
        {
            await _server.SayAsync(Chat(seq));
        }
    }

    private Task RefuseReplayAsync(string epoch, long oldest, long head) =>
        _server.SayAsync(
            new
            {
                cmd = "replay",
                channel = "lobby",
                epoch,
                recovered = false,
                oldest,
                head,
            }
        );

    private Task ReplayAsync(
        long from,
        long to,
        long[] events,
        bool more = false,
        string epoch = "e1",
        string? previous = null,
        long oldest = 1,
        long? head = null
    ) =>
        _server.SayAsync(
            new
            {
                cmd = "replay",
                channel = "lobby",
                epoch,
                recovered = true,
                oldest,
                head = head ?? to,
                from,
                to,
                events = events.Select(seq => JsonSerializer.Deserialize<JsonElement>(Chat(seq, epoch))),
                more,
                previous,
            }
        );
}
