using System.Globalization;
using System.Text.Json;
using CsCheck;
using HCChat.Client;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>
/// Whatever a connection does to frames, a room shows what the server has: once, in order, without losses that it does not tell of; and what
/// is said gets into the room once.
/// </summary>
public sealed class ExactlyOnceTests
{
    private static readonly long s_days = long.TryParse(
        Environment.GetEnvironmentVariable("HCCHAT_TEST_DAYS"),
        out var days
    )
        ? days
        : 3_000;

    private enum Step
    {
        OthersSay,
        OthersSayMuch,
        WeSay,
        ClientHears,
        ClientHearsMuch,
        ServerHears,
        FrameIsLost,
        FrameComesTwice,
        FramesChangePlaces,
        ConnectionIsLost,
        ConnectionIsBack,
        TimePasses,
        PagesChange,
        TooMuchAtOnce,
        EventRunsOut,
        OldestGo,
        ServerRestarts,
        ServerRestartsAndForgets,
    }

    private static readonly Gen<(Step Step, int Number)[]> s_calm = Days(
        120,
        [.. Enum.GetValues<Step>().Where(s => s <= Step.TooMuchAtOnce)]
    );
    private static readonly Gen<(Step Step, int Number)[]> s_bad = Days(120, Enum.GetValues<Step>());

    private static readonly Gen<(Step Step, int Number)[]> s_restarts = Days(
        40,
        [
            Step.OthersSay,
            Step.WeSay,
            Step.ClientHears,
            Step.ServerHears,
            Step.FrameIsLost,
            Step.FramesChangePlaces,
            Step.ConnectionIsLost,
            Step.ConnectionIsBack,
            Step.ServerRestarts,
        ]
    );

    [Fact]
    public Task On_a_server_that_forgets_nothing_everything_is_shown_once_in_order_and_there_is_never_a_gap() =>
        s_calm.SampleAsync(
            async day => Assert.DoesNotContain(await LiveAsync(day), e => e is HistoryGap),
            iter: s_days
        );

    [Fact]
    public Task A_server_that_restarts_with_all_that_it_had_leaves_no_gap_however_many_epochs_went_by() =>
        s_restarts.SampleAsync(
            async day => Assert.DoesNotContain(await LiveAsync(day), e => e is HistoryGap),
            iter: s_days
        );

    [Fact]
    public Task What_a_server_has_forgotten_is_a_gap_and_all_else_is_shown_once_in_order() =>
        s_bad.SampleAsync(LiveAsync, iter: s_days);

    private static Gen<(Step Step, int Number)[]> Days(int longest, Step[] steps) =>
        Gen.Select(Gen.Int[0, steps.Length - 1].Select(i => steps[i]), Gen.Int[0, 1_000]).Array[1, longest];

    private static async Task<List<ChatEvent>> LiveAsync((Step Step, int Number)[] day)
    {
        var life = new Life();
        foreach (var (step, number) in day)
        {
            life.Take(step, number);
        }
        life.CalmDown();
        var events = await life.CloseAsync();
        await Task.WhenAll(life.Said); // the room is closed: what is not acknowledged has failed
        Check(events, life);
        return events;
    }

    private static void Check(List<ChatEvent> events, Life life)
    {
        var index = life
            .Server.Log.Select((entry, i) => (entry, i))
            .ToDictionary(x => (x.entry.Epoch, x.entry.Seq), x => x.i);
        var (last, gap, shown) = (life.JoinedAt - 1, false, new HashSet<string>());
        foreach (var happened in events)
        {
            if (happened is HistoryGap)
            {
                gap = true;
            }
            if (happened is not MessageReceived { Message: var message })
            {
                continue;
            }
            Assert.True(shown.Add(message.Id), "shown twice");
            var at = index[(message.Position!.Value.Epoch, message.Position.Value.Seq)];
            Assert.True(at > last, "out of order");
            Assert.True(gap || life.Server.Log[(last + 1)..at].TrueForAll(e => e.Gone), "lost without a word");
            (last, gap) = (at, false);
        }
        Assert.True(gap || life.Server.Log[(last + 1)..].TrueForAll(e => e.Gone), "the newest are lost without a word");
        Assert.Equal(life.Said.Count, life.Server.Log.Count(e => e.Mine));
        Assert.Equal(
            life.Server.Log.Where(e => e.Mine).Select(e => e.Text),
            life.Server.Log.Where(e => e.Mine).Select(e => e.Text).Order(StringComparer.Ordinal)
        );
    }

    /// <summary>A room of the SDK, a server, and the bad connection between them.</summary>
    private sealed class Life
    {
        private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
        private readonly Queue<byte[]> _toServer = [];
        private readonly ChatRoom _room;
        private int _count;

        public Life()
        {
            var options = new ChatOptions
            {
                Server = new Uri("http://localhost/"),
                Nick = "me",
                Time = _clock,
            };
            _room = new ChatRoom(
                RoomAccess.Plain(FakeRoom.Channel),
                options,
                frame => _toServer.Enqueue(frame.ToArray()),
                _ => { }
            );
            OthersSay(3);
            JoinedAt = Server.Log.Count;
            Connect();
        }

        public FakeRoom Server { get; } = new();

        public List<Task<string>> Said { get; } = [];

        public int JoinedAt { get; }

        public void Take(Step step, int number)
        {
            var frames = Server.OnTheWay;
            var (i, j) = frames.Count == 0 ? (0, 0) : (number % frames.Count, number / 7 % frames.Count);
            switch (step)
            {
                case Step.OthersSay:
                    OthersSay(1);
                    break;
                case Step.OthersSayMuch:
                    OthersSay(number % 12);
                    break;
                case Step.WeSay:
                    Said.Add(_room.SendAsync((_count++).ToString("D6", CultureInfo.InvariantCulture)));
                    break;
                case Step.ClientHears:
                    ClientHears(1);
                    break;
                case Step.ClientHearsMuch:
                    ClientHears(number % 20);
                    break;
                case Step.ServerHears:
                    ServerHears();
                    break;
                case Step.FrameIsLost when frames.Count > 0:
                    frames.RemoveAt(i);
                    break;
                case Step.FrameComesTwice when frames.Count > 0:
                    frames.Insert(j, frames[i]);
                    break;
                case Step.FramesChangePlaces when frames.Count > 0:
                    (frames[i], frames[j]) = (frames[j], frames[i]);
                    break;
                case Step.ConnectionIsLost:
                    Disconnect();
                    break;
                case Step.ConnectionIsBack:
                    Connect();
                    break;
                case Step.TimePasses:
                    _clock.Advance(TimeSpan.FromSeconds(number % 15));
                    break;
                case Step.PagesChange:
                    Server.PageSize = 1 + number % 10;
                    break;
                case Step.TooMuchAtOnce:
                    Server.TooMuchAtOnce = true;
                    break;
                case Step.EventRunsOut:
                    Server.Forget(number);
                    break;
                case Step.OldestGo:
                    Server.Trim(number % 10);
                    break;
                case Step.ServerRestarts or Step.ServerRestartsAndForgets:
                    Disconnect();
                    Server.Restart(keeps: step == Step.ServerRestarts);
                    break;
            }
        }

        /// <summary>A good connection from here on: as it is, until the room is up to date; then a new one, for acknowledgements that were lost.</summary>
        public void CalmDown()
        {
            if (Server.IsConnected)
            {
                OthersSay(1);
                LetPass();
                Assert.Equal(Server.Head, _room.Position);
            }
            Disconnect();
            Connect();
            LetPass();
            Assert.Equal(Server.Head, _room.Position);
        }

        public async Task<List<ChatEvent>> CloseAsync()
        {
            _room.Close(new OperationCanceledException());
            var events = new List<ChatEvent>();
            await foreach (var happened in _room.ReadAsync())
            {
                events.Add(happened);
            }
            return events;
        }

        private void LetPass()
        {
            var rounds = 0;
            for (var quiet = 0; quiet < 4; )
            {
                Assert.True(++rounds < 1_000, "never quiet");
                quiet = _toServer.Count + Server.OnTheWay.Count == 0 ? quiet + 1 : 0;
                ServerHears();
                ClientHears(int.MaxValue);
                _clock.Advance(TimeSpan.FromSeconds(5));
            }
        }

        private void OthersSay(int count)
        {
            for (; count > 0; count--)
            {
                var number = (_count++).ToString("D6", CultureInfo.InvariantCulture);
                Server.Say($"others-{number}-{number}", number, mine: false);
            }
        }

        private void ClientHears(int most)
        {
            for (; most > 0 && Server.OnTheWay.Count > 0; most--)
            {
                var frame = Server.OnTheWay[0];
                Server.OnTheWay.RemoveAt(0);
                Tell(frame);
            }
        }

        private void ServerHears()
        {
            while (_toServer.TryDequeue(out var frame))
            {
                Server.Hear(frame);
            }
        }

        private void Disconnect()
        {
            if (Server.IsConnected)
            {
                Server.IsConnected = false;
                Server.OnTheWay.Clear();
                _toServer.Clear();
                _room.OnLost(TimeSpan.Zero);
            }
        }

        private void Connect()
        {
            if (Server.IsConnected)
            {
                return;
            }
            Server.IsConnected = true;
            using var join = JsonDocument.Parse(_room.JoinFrame());
            Tell(Server.OnlineSet());
            if (join.RootElement.TryGetProperty("resume", out var known))
            {
                Server.Resume(known.GetProperty("epoch").GetString()!, known.GetProperty("seq").GetInt64());
            }
            _room.Resend();
        }

        private void Tell(string frame)
        {
            using var json = JsonDocument.Parse(frame);
            _room.OnFrame(json.RootElement.GetProperty("cmd").GetString()!, json.RootElement);
        }
    }
}
