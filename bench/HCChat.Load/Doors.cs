using System.Diagnostics;
using System.Text;

namespace HCChat.Load;

/// <summary>
/// Whether the time of a refusal tells those outside what kind of room it is about: one that is not there, one that is locked, one whose password is another. Each is tried in turn, over one
/// connection, and what is compared are means. The limiter, which would hold up whoever tries so often, is off.
/// </summary>
internal static class Doors
{
    private const int Tries = 1_000;
    private const int Warmup = 50;
    private static readonly string[] s_kinds = ["no such room", "locked", "wrong password"];

    public static async Task RunAsync(Scratch scratch)
    {
        using var peer = await Peer.StartHcchatAsync(scratch.Folder());
        using var owner = await BareSocket.ConnectAsync(peer.Port);
        await owner.SendAsync("""{"cmd":"session","proto":3}""");
        await AwaitAsync(owner, "session");
        await ShutAsync(owner, "room-locked", "\"access\":\"locked\"");
        await ShutAsync(owner, "room-guarded", "\"password\":\"open sesame\"");
        Console.WriteLine(
            $"{"refusals, ms", -34}{string.Concat(s_kinds.Select(k => $"{k, 24}"))}   largest difference"
        );
        await OverSocketAsync(peer, "join with a password", "\"password\":\"wrong\"");
        await OverSocketAsync(peer, "join with an invitation", "\"invite\":\"wrong\"");
        await OverHttpAsync(
            peer,
            "POST /api/chat/token",
            (http, room) => http.PostAsync("api/chat/token", Json(room, "\"password\":\"wrong\""))
        );
        await OverHttpAsync(peer, "GET /api/messages", (http, room) => http.GetAsync($"api/messages?room={room}"));
    }

    private static async Task OverSocketAsync(Peer peer, string what, string secret)
    {
        using var socket = await BareSocket.ConnectAsync(peer.Port);
        await socket.SendAsync("""{"cmd":"session","proto":3}""");
        await AwaitAsync(socket, "session");
        await MeasureAsync(
            what,
            async room =>
            {
                await socket.SendAsync($$"""{"cmd":"join","channel":"{{room}}","nick":"eve",{{secret}}}""");
                await AwaitAsync(socket, "warn");
            }
        );
    }

    private static async Task OverHttpAsync(
        Peer peer,
        string what,
        Func<HttpClient, string, Task<HttpResponseMessage>> ask
    )
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{peer.Port}/") };
        await MeasureAsync(
            what,
            async room =>
            {
                using var answer = await ask(http, room);
                if ((int)answer.StatusCode != 403)
                {
                    throw new InvalidOperationException($"{what}: {answer.StatusCode}");
                }
            }
        );
    }

    private static async Task MeasureAsync(string what, Func<string, Task> ask)
    {
        var times = s_kinds.Select(_ => new List<double>()).ToList();
        for (var round = 0; round < Tries + Warmup; round++)
        {
            // Which comes first changes, for whoever is first may find the server less busy.
            for (var turn = 0; turn < s_kinds.Length; turn++)
            {
                var kind = (round + turn) % s_kinds.Length;
                var room = kind switch
                {
                    0 => $"room-{Guid.NewGuid():N}"[..12],
                    1 => "room-locked",
                    _ => "room-guarded",
                };
                var begin = Stopwatch.GetTimestamp();
                await ask(room);
                if (round >= Warmup)
                {
                    times[kind].Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                }
            }
        }
        var means = times.Select(t => t.Average()).ToList();
        var deviations = times.Select((t, i) => Math.Sqrt(t.Average(x => Math.Pow(x - means[i], 2)))).ToList();
        var figures = means.Zip(deviations, (m, d) => $"{$"{m:F3} ± {d:F3}", 24}");
        // How far two means lie apart by chance: the error of a mean is its deviation by the root of the tries.
        var error = deviations.Max() * Math.Sqrt(2.0 / Tries);
        Console.WriteLine($"{what, -34}{string.Concat(figures)}   {means.Max() - means.Min():F3} (error {error:F3})");
    }

    private static StringContent Json(string room, string secret) =>
        new($$"""{"room":"{{room}}","nick":"eve",{{secret}}}""", Encoding.UTF8, "application/json");

    // By a trip: a pass is enough to own a room.
    private static async Task ShutAsync(BareSocket owner, string channel, string settings)
    {
        await owner.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"owner","pass":"a pass"}""");
        await AwaitAsync(owner, "session");
        await owner.SendAsync($$"""{"cmd":"claim","channel":"{{channel}}"}""");
        await AwaitAsync(owner, "roomInfo");
        await owner.SendAsync($$"""{"cmd":"setroom","channel":"{{channel}}",{{settings}}}""");
        await AwaitAsync(owner, "roomInfo");
    }

    private static async Task AwaitAsync(BareSocket socket, string cmd)
    {
        var wanted = Encoding.ASCII.GetBytes($"\"cmd\":\"{cmd}\"");
        while (true)
        {
            var frame = await socket.NextFrameAsync();
            if (frame.Span[..Math.Min(frame.Length, 32)].IndexOf(wanted) >= 0)
            {
                return;
            }
        }
    }
}
