using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;

// Waits for a call in a room (or begins one: --start), takes a seat in it and writes what a LiveKit client needs to standard output, a JSON object a line:
//   {"seat":{"url","token","identity"}}        connect there
//   {"key":{"identity","key","index"}}         set that participant's key, under that index; the one with our own identity is what we send with
//   {"over":true}                              leave
// The lines open the call: they belong into a pipe, not into a file. See docs/bots.md, and voice.mjs beside this file.
var address = Environment.GetEnvironmentVariable("HCCHAT_ROOM");
if (address is null)
{
    await Console.Error.WriteLineAsync("HCCHAT_ROOM is missing: the room's link. | 缺少 HCCHAT_ROOM：房间的链接。");
    return 2;
}
using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};
try
{
    using var link = InviteLink.Parse(address);
    var options = new ChatOptions
    {
        Server = link.Server,
        Nick = Environment.GetEnvironmentVariable("HCCHAT_NICK") ?? "voice",
    };
    await using var client = await ChatClient.ConnectAsync(options, stopping.Token);
    var room = await client.JoinAsync(RoomAccess.ByLink(link), stopping.Token);
    if (args.Contains("--start") && room.Call is null)
    {
        await room.StartCallAsync(stop: stopping.Token);
    }
    await ServeAsync(room, stopping.Token);
    return 0;
}
catch (OperationCanceledException)
{
    return 0;
}
catch (Exception e) when (e is ChatException or E2eeException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return e is RefusedException ? 3 : 1;
}

static async Task ServeAsync(ChatRoom room, CancellationToken stop)
{
    CallSeat? seat = null;
    HashSet<string> known = [];
    await foreach (var happened in room.ReadAsync(stop))
    {
        try
        {
            switch (happened)
            {
                case CallChanged { Call: var call }:
                    if (seat?.CallId != call.Id)
                    {
                        seat = await room.TakeSeatAsync("a bot", stop);
                        known = [seat.Identity];
                        Write(room.CallKeyOf(seat.Identity)); // before anything is sent
                        Line(
                            new
                            {
                                seat = new
                                {
                                    url = seat.Url,
                                    token = seat.Token,
                                    identity = seat.Identity,
                                },
                            }
                        );
                    }
                    foreach (var person in call.People.Where(p => known.Add(p.Identity)))
                    {
                        Write(room.CallKeyOf(person.Identity));
                    }
                    break;
                case CallRekeyed when seat is not null:
                    foreach (var other in known.Where(identity => identity != seat.Identity))
                    {
                        Write(room.CallKeyOf(other));
                    }
                    await Task.Delay(TimeSpan.FromSeconds(1), stop); // until everybody has the new keys
                    Write(room.CallKeyOf(seat.Identity));
                    break;
                case CallEnded:
                    seat = null;
                    Line(new { over = true });
                    break;
                case RoomClosed { Reason: ChatException reason }:
                    throw reason; // put out, or the connection is gone for good
            }
        }
        catch (CommandRefusedException e) when (e.Code == "no_call")
        {
            // Over by now; its end is the next thing that is told.
        }
    }
}

static void Write(CallKey key) =>
    Line(
        new
        {
            key = new
            {
                identity = key.Identity,
                key = key.Text,
                index = key.Index,
            },
        }
    );

static void Line(object what) => Console.Out.WriteLine(JsonSerializer.Serialize(what));
