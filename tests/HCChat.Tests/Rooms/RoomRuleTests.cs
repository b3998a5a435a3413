using HCChat.Server.Rooms;
using HCChat.Tests.Messages;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Rooms;

public sealed class RoomRuleTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("pw", "Pz6LSM")]
    [InlineData("secret", "AuMPLk")]
    [InlineData("two", "8mP22H")]
    [InlineData("密码", "Rt0XB6")]
    [InlineData("pw ", "ykI5Xi")]
    public void Trips_are_those_of_hack_chat(string pass, string trip) =>
        Assert.Equal(trip, new Trips("compat-test-salt", null, []).Of(pass));

    [Fact]
    public void A_trip_gives_the_level_that_the_operator_said()
    {
        var trips = new Trips("compat-test-salt", "Pz6LSM", ["AuMPLk"]);
        Assert.Equal(("Admin", Level.Admin), trips.Rights(trips.Of("pw")));
        Assert.Equal(("AuMPLk", Level.Moderator), trips.Rights(trips.Of("secret")));
        Assert.Equal(("", Level.Default), trips.Rights(trips.Of("")));
        trips.SetModerator("AuMPLk", false);
        Assert.Equal(("AuMPLk", Level.Default), trips.Rights("AuMPLk"));
        Assert.Equal(("Pz6LSM", Level.Default), new Trips("compat-test-salt", null, []).Rights("Pz6LSM"));
    }

    [Fact]
    public void A_message_may_be_changed_by_its_sender_for_five_minutes()
    {
        var editable = new EditableMessages();
        editable.Add(1, "id", s_now);
        Assert.False(editable.TryEdit(2, "id", false, s_now));
        Assert.True(editable.TryEdit(1, "id", false, s_now.AddMinutes(4)));
        Assert.False(editable.TryEdit(1, "id", false, s_now.AddMinutes(6)));
    }

    [Fact]
    public void A_completed_message_closes_at_the_next_sweep()
    {
        var editable = new EditableMessages();
        editable.Add(1, "id", s_now);
        Assert.True(editable.TryEdit(1, "id", true, s_now));
        Assert.True(editable.TryEdit(1, "id", false, s_now.AddSeconds(29)));
        Assert.False(editable.TryEdit(1, "id", false, s_now.AddSeconds(31)));
    }

    [Fact]
    public async Task A_room_that_nobody_entered_is_gone()
    {
        await using var open = OpenLog.OnSqlite(new FakeTimeProvider());
        var time = new FakeTimeProvider();
        var rooms = new RoomDirectory(open.Log, new RuleStore(open.Database, open.Log.Writer, time), time);
        Assert.True(await rooms.InAsync("room", _ => { }));
        Assert.Null(rooms.Find("room"));
        Assert.Empty(rooms.All);
        Assert.Empty(open.Log.Open);
    }
}
