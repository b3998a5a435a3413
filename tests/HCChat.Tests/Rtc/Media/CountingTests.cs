using CsCheck;
using HCChat.Rtc.Media;

namespace HCChat.Tests.Rtc.Media;

public sealed class CountingTests
{
    [Fact]
    public void Numbers_that_wrap_are_followed() =>
        Gen.Int[-1000, 1000]
            .Array[1, 400]
            .Sample(steps =>
            {
                var unwrapper = new SequenceUnwrapper();
                long number = 65_000,
                    offset = 0;
                for (var i = 0; i < steps.Length; i++)
                {
                    number = Math.Max(20_000, number + steps[i]);
                    var unwrapped = unwrapper.Unwrap((ushort)number);
                    if (i == 0)
                        offset = unwrapped - number;
                    // Steps are small, but what goes far back must stay within half a range of the highest.
                    if (unwrapper.Highest - offset - number < 0x8000)
                        Assert.Equal(number + offset, unwrapped);
                }
            });

    [Fact]
    public void What_was_seen_is_seen_and_what_is_old_counts_as_seen() =>
        Gen.Int[-3000, 3000]
            .Array[1, 300]
            .Sample(steps =>
            {
                var seen = new SeenNumbers();
                var model = new HashSet<long>();
                long number = 100_000,
                    highest = 0;
                foreach (var step in steps)
                {
                    number += step / (Math.Abs(step) % 3 == 0 ? 1 : 300);
                    highest = Math.Max(highest, number);
                    Assert.Equal(highest - number < 2048 && model.Add(number), seen.TryAdd(number));
                }
            });

    [Fact]
    public void Arrivals_are_told_once_each_and_in_order()
    {
        var arrivals = new ArrivalTimes();
        Span<long> times = new long[ArrivalTimes.Report];
        Assert.False(arrivals.TryTake(times, out _, out _));
        arrivals.Add(65_535, 10);
        arrivals.Add(1, 30);
        Assert.True(arrivals.TryTake(times, out var first, out var count));
        Assert.Equal((65_535, 3), (first, count));
        Assert.Equal([10, -1, 30], times[..3].ToArray());
        Assert.False(arrivals.TryTake(times, out _, out _));
        arrivals.Add(4, 60);
        Assert.True(arrivals.TryTake(times, out first, out count));
        Assert.Equal((1, 4), (first, count));
        Assert.Equal([30, -1, -1, 60], times[..4].ToArray());
        // One that was told of as lost has come after all.
        arrivals.Add(3, 70);
        Assert.True(arrivals.TryTake(times, out first, out count));
        Assert.Equal((3, 2), (first, count));
        Assert.Equal([70, 60], times[..2].ToArray());
    }

    [Fact]
    public void Arrivals_with_any_gaps_come_to_an_end() =>
        Gen.Int[0, 3000]
            .Array[1, 60]
            .Sample(gaps =>
            {
                var arrivals = new ArrivalTimes();
                var times = new long[ArrivalTimes.Report];
                ushort number = 0;
                foreach (var gap in gaps)
                {
                    number += (ushort)gap;
                    arrivals.Add(number, 1);
                    var reports = 0;
                    ushort last = 0;
                    for (; arrivals.TryTake(times, out var first, out var count); reports++)
                    {
                        Assert.True(times[0] >= 0 && times[count - 1] >= 0);
                        last = (ushort)(first + count - 1);
                    }
                    Assert.InRange(reports, 0, 4);
                    if (reports > 0 && gap > 0)
                        Assert.Equal(number, last);
                }
            });

    [Fact]
    public void What_is_missing_is_asked_for_eight_times_and_given_up()
    {
        var missing = new MissingNumbers();
        Assert.True(missing.TryAdd(10, 13, 0));
        var due = new ushort[8];
        Assert.Equal(0, missing.Collect(due, 10));
        missing.Remove(11);
        Assert.Equal(2, missing.Collect(due, 20));
        Assert.Equal([10, 12], due[..2]);
        Assert.Equal(0, missing.Collect(due, 60));
        var asked = 1;
        for (var now = 70; now < 5000; now += 50)
            asked += missing.Collect(due, now) / 2;
        Assert.Equal(8, asked);
    }

    [Fact]
    public void Too_much_that_is_missing_is_given_up()
    {
        var missing = new MissingNumbers();
        Assert.False(missing.TryAdd(10, 10 + MissingNumbers.Most + 1, 0));
        Assert.Equal(0, missing.Collect(new ushort[8], 1000));
    }

    [Fact]
    public void A_history_gives_what_was_put_for_three_seconds_and_1024_packets()
    {
        var history = new PacketHistory(new PacketPool());
        for (var number = 1; number <= 1500; number++)
            history.Add(number, number % 2 == 0, [(byte)number, (byte)(number >> 8)], number);
        Assert.False(history.TryGet(476, out _, out _));
        Assert.True(history.TryGet(477, out var payload, out var marker));
        Assert.Equal([0xdd, 0x01], payload.ToArray());
        Assert.False(marker);
        history.Trim(3600);
        Assert.False(history.TryGet(600, out _, out _));
        Assert.True(history.TryGet(601, out _, out _));
        history.Clear();
        Assert.False(history.TryGet(601, out _, out _));
    }
}
