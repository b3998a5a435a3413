using System.Diagnostics;

namespace HCChat.Load;

/// <summary>
/// Replay: a client that reads a room's kept events by pages of 200 from a server that has just been started after a kill, so that none of them is in
/// its memory; beside raw SQLite that reads the same rows of the same file.
/// </summary>
internal static class Replay
{
    private const int Events = 20_000;
    private const int Rounds = 3;

    // Times that raw SQLite reads everything in its turn: once is over before the clock of CPU time has moved.
    private const int RawTimes = 8;

    // Backwards first as it is right after the start, when the program is not yet compiled for speed.
    private static readonly (string Name, bool Backwards, int Times)[] s_passes =
    [
        ("backwards, first", true, 1),
        ("forwards", false, 4),
        ("backwards", true, 4),
    ];

    /// <summary>Measures and prints.</summary>
    public static async Task RunAsync(Scratch scratch)
    {
        var folder = scratch.Folder();
        await FillAsync(folder);
        var ours = s_passes.Select(_ => new List<Turn>()).ToList();
        var theirs = s_passes.Select(_ => new List<Turn>()).ToList();
        using (var raw = RawSqlite.Open(folder))
        {
            raw.Read(backwards: true, times: 1);
        }
        for (var round = 0; round < Rounds; round++)
        {
            using (var peer = await Peer.StartHcchatAsync(folder))
            {
                using var reader = await LogClient.JoinAsync(peer.Port, "room", "reader");
                for (var i = 0; i < s_passes.Length; i++)
                {
                    ours[i].Add(await ReadAsync(peer, reader, s_passes[i].Backwards, s_passes[i].Times));
                }
            }
            using var raw = RawSqlite.Open(folder);
            for (var i = 0; i < s_passes.Length; i++)
            {
                theirs[i].Add(raw.Read(s_passes[i].Backwards, RawTimes));
            }
        }
        Figures.Head();
        for (var i = 0; i < s_passes.Length; i++)
        {
            var name = "replay " + s_passes[i].Name;
            Figures.Print(name, "hcchat", "events/s", ours[i]);
            Figures.Print("", "raw SQLite", "rows/s", theirs[i]);
            Figures.Compare(name, "hcchat reads", ours[i], theirs[i]);
        }
    }

    private static async Task FillAsync(string folder)
    {
        using var peer = await Peer.StartHcchatAsync(folder);
        using var writer = await LogClient.JoinAsync(peer.Port, "room", "writer");
        var left = Events;
        await writer.SendAsync(200, () => left-- > 0, () => { });
    }

    private static async Task<Turn> ReadAsync(Peer peer, LogClient reader, bool backwards, int times)
    {
        var start = new Moment(Stopwatch.GetTimestamp(), 0, peer.Cpu);
        for (var i = 0; i < times; i++)
        {
            if (await reader.ReadAsync(backwards) is var events and not Events)
            {
                throw new InvalidOperationException($"{events} events of {Events}.");
            }
        }
        return start.To(new Moment(Stopwatch.GetTimestamp(), (long)times * Events, peer.Cpu));
    }
}
