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

    // Backwards twice: a program that has just started is not yet compiled for speed.
    private static readonly (string Name, bool Backwards)[] s_passes =
    [
        ("backwards, first", true),
        ("forwards", false),
        ("backwards", true),
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
            raw.Read(backwards: true);
        }
        for (var round = 0; round < Rounds; round++)
        {
            using (var peer = await Peer.StartHcchatAsync(folder))
            {
                using var reader = await LogClient.JoinAsync(peer.Port, "room", "reader");
                for (var i = 0; i < s_passes.Length; i++)
                {
                    ours[i].Add(await ReadAsync(peer, reader, s_passes[i].Backwards));
                }
            }
            using var raw = RawSqlite.Open(folder);
            for (var i = 0; i < s_passes.Length; i++)
            {
                theirs[i].Add(raw.Read(s_passes[i].Backwards));
            }
        }
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

    private static async Task<Turn> ReadAsync(Peer peer, LogClient reader, bool backwards)
    {
        var start = new Moment(Stopwatch.GetTimestamp(), 0, peer.Cpu);
        var events = await reader.ReadAsync(backwards);
        return events == Events
            ? Figures.Between(start, new Moment(Stopwatch.GetTimestamp(), events, peer.Cpu))
            : throw new InvalidOperationException($"{events} events of {Events}.");
    }
}
