using HCChat.Server.Rooms;
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
    public void A_message_sent_again_is_known_for_ten_minutes()
    {
        var sent = new SentMessages();
        Assert.Equal(SentMessages.Verdict.New, sent.Admit("a", "m1", "body", s_now, out _));
        Assert.Equal(SentMessages.Verdict.Repeated, sent.Admit("a", "m1", "body", s_now.AddMinutes(9), out var at));
        Assert.Equal(s_now, at);
        Assert.Equal(SentMessages.Verdict.Conflict, sent.Admit("a", "m1", "other", s_now, out _));
        Assert.Equal(SentMessages.Verdict.New, sent.Admit("b", "m1", "body", s_now, out _));
        Assert.Equal(SentMessages.Verdict.New, sent.Admit("a", "m1", "other", s_now.AddMinutes(11), out _));
    }

    [Fact]
    public void Only_the_newest_thousand_messages_are_remembered()
    {
        var sent = new SentMessages();
        for (var i = 0; i <= 1_000; i++)
        {
            sent.Admit("a", $"m{i}", "body", s_now, out _);
        }
        Assert.Equal(SentMessages.Verdict.New, sent.Admit("a", "m0", "body", s_now, out _));
        Assert.Equal(SentMessages.Verdict.Repeated, sent.Admit("a", "m1000", "body", s_now, out _));
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
    public void A_room_is_gone_when_nobody_is_in_it()
    {
        var rooms = new RoomDirectory(new FakeTimeProvider());
        rooms.In("room", _ => 0);
        Assert.Null(rooms.Find("room"));
        Assert.Empty(rooms.All);
    }
}
