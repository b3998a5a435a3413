using System.Text.Json.Nodes;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>All that a server has of a room, read as a stranger would who has just come: page by page backwards, epoch by epoch.</summary>
internal static class History
{
    /// <summary>Reads all of it.</summary>
    /// <returns>The events of each epoch, the oldest epoch first, ascending.</returns>
    public static async Task<IReadOnlyList<Event>> ReadAsync(int port, string room)
    {
        using var socket = await RawSocket.OpenAsync(port);
        await socket.JoinOursAsync(room, "reader");
        var backwards = new List<Event>();
        string? epoch = null;
        long? before = null;
        while (true)
        {
            await socket.SendJsonAsync(Request(room, epoch, before));
            var page = await socket.UntilAsync(f => RawSocket.Cmd(f) is "replay" or "warn", Proof.Patience);
            Assert.True(RawSocket.Cmd(page) == "replay" && (bool)page["recovered"]!, page.ToJsonString());
            backwards.AddRange(page["events"]!.AsArray().Select(e => Event.Of(e!.AsObject())).Reverse());
            if ((bool)page["more"]!)
            {
                before = (long)page["from"]!;
            }
            else if ((string?)page["previous"] is { } previous)
            {
                (epoch, before) = (previous, null);
            }
            else
            {
                backwards.Reverse();
                return backwards;
            }
        }
    }

    private static JsonObject Request(string room, string? epoch, long? before)
    {
        var request = new JsonObject
        {
            ["cmd"] = "sync",
            ["channel"] = room,
            ["limit"] = 200,
        };
        if (epoch is not null)
        {
            request["epoch"] = epoch;
        }
        if (before is not null)
        {
            request["before"] = before;
        }
        return request;
    }
}
