using System.Globalization;
using CsCheck;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Crypto;

public sealed class ReplayGuardTests
{
    [Fact]
    public void It_agrees_with_a_model_that_remembers_everything()
    {
        var message = Gen.Select(Gen.Int[0, 2], Gen.Long[0, 3_000], Gen.Int[0, 400]);
        message
            .Array[1, 600]
            .Sample(
                messages =>
                {
                    var guard = new ReplayGuard(TimeProvider.System);
                    var ids = new HashSet<int>();
                    var taken = new HashSet<(int, long)>();
                    var highest = new Dictionary<int, long>();
                    foreach (var (sid, number, id) in messages)
                    {
                        var tooOld = highest.TryGetValue(sid, out var top) && number <= top - ReplayGuard.Window;
                        var expected =
                            ids.Contains(id) ? Delivery.Duplicate
                            : tooOld || taken.Contains((sid, number)) ? Delivery.Replay
                            : Delivery.New;
                        if (expected == Delivery.New)
                        {
                            ids.Add(id);
                            taken.Add((sid, number));
                            highest[sid] = Math.Max(top, number);
                        }
                        Assert.Equal(expected, guard.Accept("kid", Text(sid), number, Text(id)));
                    }
                },
                iter: 300
            );
    }

    [Fact]
    public void Keys_do_not_share_their_numbers()
    {
        var guard = new ReplayGuard(TimeProvider.System);
        Assert.Equal(Delivery.New, guard.Accept("kid1", "sid", 0, "a"));
        Assert.Equal(Delivery.New, guard.Accept("kid2", "sid", 0, "b"));
        Assert.Equal(Delivery.Replay, guard.Accept("kid2", "sid", 0, "c"));
    }

    [Fact]
    public void An_id_is_forgotten_after_ten_thousand_others()
    {
        var guard = new ReplayGuard(TimeProvider.System);
        for (var i = 0; i <= ReplayGuard.Ids; i++)
        {
            Assert.Equal(Delivery.New, guard.Accept("kid", "sid", i, Text(i)));
        }
        Assert.Equal(Delivery.Duplicate, guard.Accept("kid", "sid", 1, Text(1)));
        Assert.Equal(Delivery.Replay, guard.Accept("kid", "sid", 0, Text(0)));
    }

    [Fact]
    public void A_gap_is_reported_once_after_thirty_seconds_with_what_is_still_missing()
    {
        var clock = new FakeTimeProvider();
        var guard = new ReplayGuard(clock);
        guard.Accept("kid", "sid", 5, "a"); // began before we came: no gap
        guard.Accept("kid", "sid", 9, "b"); // 6, 7 and 8 are missing
        guard.Accept("kid", "sid", 7, "c"); // one came late
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(guard.TakeGaps());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([new Gap("sid", 2)], guard.TakeGaps());
        Assert.Empty(guard.TakeGaps());
    }

    [Fact]
    public void A_gap_that_closes_in_time_is_not_reported()
    {
        var clock = new FakeTimeProvider();
        var guard = new ReplayGuard(clock);
        guard.Accept("kid", "sid", 0, "a");
        guard.Accept("kid", "sid", 2, "b");
        guard.Accept("kid", "sid", 1, "c");
        clock.Advance(ReplayGuard.GapPatience);
        Assert.Empty(guard.TakeGaps());
    }

    [Fact]
    public void History_is_known_by_its_id_alone_and_opens_no_counting()
    {
        var clock = new FakeTimeProvider();
        var guard = new ReplayGuard(clock);
        Assert.Equal(Delivery.New, guard.AcceptHistory("old"));
        Assert.Equal(Delivery.Duplicate, guard.AcceptHistory("old"));
        Assert.Equal(Delivery.Duplicate, guard.Accept("kid", "sid", 3, "old")); // said again as if it were new
        Assert.Equal(Delivery.New, guard.Accept("kid", "sid", 9, "a")); // counting begins here
        Assert.Equal(Delivery.New, guard.AcceptHistory("older"));
        clock.Advance(ReplayGuard.GapPatience);
        Assert.Empty(guard.TakeGaps());
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
