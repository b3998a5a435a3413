using HCChat.Server.Chat;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Chat;

public sealed class FloodGuardTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_burst_passes_and_a_flood_is_told_when_to_come_back()
    {
        var charges = new FloodGuard(_time, enabled: true).ForConnection("a");
        var passed = Enumerable.Range(0, 100).TakeWhile(_ => charges.TryCharge(1, out var _)).Count();
        Assert.InRange(passed, 20, 40);
        Assert.False(charges.TryCharge(1, out var retryAfter));
        Assert.InRange(retryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(5));
        _time.Advance(retryAfter + TimeSpan.FromMilliseconds(1));
        Assert.True(charges.TryCharge(1, out _));
    }

    [Fact]
    public void A_client_that_retries_all_the_time_gets_in_as_soon_as_there_is_room()
    {
        var charges = new FloodGuard(_time, enabled: true).ForConnection("a");
        while (charges.TryCharge(1, out _)) { }
        var passed = 0;
        for (var second = 0; second < 60; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            passed += charges.TryCharge(1, out _) ? 1 : 0;
        }
        Assert.InRange(passed, 55, 60);
    }

    [Fact]
    public void Whoever_obeys_the_time_it_was_told_gets_in_though_every_frame_costs_something_too()
    {
        var charges = new FloodGuard(_time, enabled: true).ForConnection("a");
        while (charges.TryCharge(1, out _)) { }
        for (var joins = 0; joins < 5; joins++)
        {
            var retries = 0;
            while (!(charges.TryBeginFrame(0, out var retryAfter) && charges.TryCharge(3, out retryAfter)))
            {
                charges.EndFrame();
                _time.Advance(retryAfter + TimeSpan.FromMilliseconds(1));
                Assert.InRange(++retries, 1, 2);
            }
        }
    }

    [Fact]
    public void Connections_of_one_address_share_a_larger_limit()
    {
        var guard = new FloodGuard(_time, enabled: true);
        var passed = 0;
        for (var connection = 0; connection < 50; connection++)
        {
            var charges = guard.ForConnection("a");
            while (charges.TryCharge(1, out _))
            {
                passed++;
            }
        }
        Assert.InRange(passed, 900, 1_100);
        Assert.True(guard.ForConnection("b").TryCharge(1, out _));
    }

    [Fact]
    public void Whoever_ignores_hundreds_of_refusals_is_out_of_patience()
    {
        var charges = new FloodGuard(_time, enabled: true).ForConnection("a");
        Assert.False(charges.OutOfPatience);
        for (var i = 0; i < 1_000; i++)
        {
            charges.TryCharge(1, out _);
        }
        Assert.True(charges.OutOfPatience);
    }

    [Fact]
    public void One_person_with_many_connections_from_many_addresses_is_held_together()
    {
        var guard = new FloodGuard(_time, enabled: true);
        var passed = 0;
        for (var address = 0; address < 50; address++)
        {
            var charges = guard.ForConnection($"address {address}");
            charges.Recognize("key:one");
            while (charges.TryCharge(1, out _))
            {
                passed++;
            }
        }
        Assert.InRange(passed, 100, 125);
        var other = guard.ForConnection("address 1");
        other.Recognize("key:another");
        Assert.True(other.TryCharge(1, out _));
    }

    [Fact]
    public void Whoever_shows_to_be_somebody_else_is_charged_as_that_and_no_more_as_the_first()
    {
        var guard = new FloodGuard(_time, enabled: true);
        var charges = guard.ForConnection("a");
        charges.Recognize("trip:one");
        charges.Recognize("trip:two");
        while (charges.TryCharge(1, out _)) { }
        // Four connections of one person are too many, of the other one they are not.
        Assert.InRange(Burst(guard, "trip:two"), 85, 95);
        Assert.InRange(Burst(guard, "trip:one"), 115, 125);
    }

    [Fact]
    public void Large_frames_cost_what_they_are()
    {
        var charges = new FloodGuard(_time, enabled: true).ForConnection("a");
        var passed = 0;
        while (charges.TryBeginFrame(60_000, out _))
        {
            charges.EndFrame();
            passed++;
        }
        Assert.Equal(4, passed);
        Assert.False(charges.TryBeginFrame(60_000, out var retryAfter));
        _time.Advance(retryAfter + TimeSpan.FromMilliseconds(1));
        Assert.True(charges.TryBeginFrame(60_000, out _));
        Assert.True(charges.TryBeginFrame(1_000, out _));
    }

    [Fact]
    public void Something_larger_than_the_limit_passes_once_the_score_is_empty()
    {
        var charges = new FloodGuard(_time, enabled: true).ForConnection("a");
        Assert.True(charges.TryCharge(200, out _));
        Assert.False(charges.TryCharge(1, out _));
    }

    private static int Burst(FloodGuard guard, string identity)
    {
        var passed = 0;
        for (var address = 0; address < 10; address++)
        {
            var charges = guard.ForConnection($"address {address} of {identity}");
            charges.Recognize(identity);
            while (charges.TryCharge(1, out _))
            {
                passed++;
            }
        }
        return passed;
    }

    [Fact]
    public void Switched_off_it_lets_everything_pass()
    {
        var charges = new FloodGuard(_time, enabled: false).ForConnection("a");
        Assert.All(Enumerable.Range(0, 1_000), _ => Assert.True(charges.TryCharge(10, out var _)));
    }
}
