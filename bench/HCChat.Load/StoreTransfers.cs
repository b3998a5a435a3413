using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace HCChat.Load;

/// <summary>
/// Objects up and down through the built-in store, by presigned addresses, beside nginx (DAV PUT, static GET) on the same disk. They take turns. Ours compares size and hash and has
/// each object on the disk before it answers; nginx does none of that.
/// </summary>
internal static class StoreTransfers
{
    private const int Rounds = 5;

    private static readonly (string Name, int Size, int Count, int AtOnce)[] s_blocks =
    [
        ("16 MiB, 4 at once", 16 << 20, 16, 4),
        ("256 KiB, 8 at once", 256 << 10, 64, 8),
    ];

    /// <summary>What one peer has done in a round: bytes up and down, each with its time and its CPU.</summary>
    private sealed record Round(Turn Up, Turn Down);

    /// <summary>Measures and prints.</summary>
    public static async Task RunAsync(Scratch scratch)
    {
        Console.WriteLine(
            $"{"objects", -20}{"", -10}{"hcchat MB/s", 12}{"nginx MB/s", 12}{"ratio", 22}{"CPU s per GB", 22}"
        );
        foreach (var block in s_blocks)
        {
            using var ours = await Peer.StartHcchatAsync(
                scratch.Folder(),
                "--Attachments:DayBytes=1000000000000",
                "--Attachments:RoomBytes=1000000000000",
                "--Attachments:DayCount=1000000"
            );
            using var theirs = await Peer.StartNginxAsync(scratch.Folder());
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            var data = RandomNumberGenerator.GetBytes(block.Size);
            var (our, their) = (new List<Round>(), new List<Round>());
            // The first round warms up.
            for (var round = 0; round <= Rounds; round++)
            {
                our.Add(await ThroughStoreAsync(ours, http, data, block.Count, block.AtOnce));
                their.Add(await ThroughNginxAsync(theirs, http, data, block.Count, block.AtOnce));
            }
            Print(block.Name, "up", our.Skip(1).Select(r => r.Up), their.Skip(1).Select(r => r.Up));
            Print(block.Name, "down", our.Skip(1).Select(r => r.Down), their.Skip(1).Select(r => r.Down));
            Console.WriteLine(
                $"  memory, MB: hcchat {ours.Memory / 1e6:F0} of its own, {ours.MostResident / 1e6:F0} resident at most; nginx {theirs.Memory / 1e6:F0}, {theirs.MostResident / 1e6:F0}; {(double)ours.MostResident / theirs.MostResident:F1} x"
            );
        }
    }

    private static async Task<Round> ThroughStoreAsync(Peer peer, HttpClient http, byte[] data, int count, int atOnce)
    {
        using var api = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{peer.Port}/api/") };
        var token = await AskAsync(api, "chat/token", new { room = "den", nick = "ann" });
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)token["jwt"]!);
        var hash = Convert.ToBase64String(SHA256.HashData(data));
        var objects = new List<JsonObject>();
        for (var i = 0; i < count; i++)
        {
            objects.Add(
                await AskAsync(
                    api,
                    "attachments/presign",
                    new
                    {
                        room = "den",
                        bytes = data.Length,
                        sha256B64 = hash,
                    }
                )
            );
        }
        var up = await TurnAsync(
            peer,
            atOnce,
            objects,
            o => PutAsync(http, (string)o["putUrl"]!, data, ("x-amz-checksum-sha256", hash))
        );
        foreach (var one in objects)
        {
            await AskAsync(api, $"attachments/{one["attachmentId"]}/complete", new { });
        }
        var down = await TurnAsync(peer, atOnce, objects, o => GetAsync(http, (string)o["getUrl"]!, data.Length));
        foreach (var one in objects)
        {
            using var gone = await api.DeleteAsync($"attachments/{one["attachmentId"]}");
            gone.EnsureSuccessStatusCode();
        }
        return new Round(up, down);
    }

    private static async Task<Round> ThroughNginxAsync(Peer peer, HttpClient http, byte[] data, int count, int atOnce)
    {
        var objects = Enumerable
            .Range(0, count)
            .Select(_ => $"http://127.0.0.1:{peer.Port}/o/{Guid.NewGuid():N}")
            .ToList();
        var up = await TurnAsync(peer, atOnce, objects, o => PutAsync(http, o, data));
        var down = await TurnAsync(peer, atOnce, objects, o => GetAsync(http, o, data.Length));
        foreach (var one in objects)
        {
            using var gone = await http.DeleteAsync(new Uri(one));
            gone.EnsureSuccessStatusCode();
        }
        return new Round(up, down);
    }

    // Bytes, from the first request to the end of the last.
    private static async Task<Turn> TurnAsync<T>(Peer peer, int atOnce, List<T> objects, Func<T, Task<long>> move)
    {
        var (bytes, start) = (0L, new Moment(Stopwatch.GetTimestamp(), 0, peer.Cpu));
        await Parallel.ForEachAsync(
            objects,
            new ParallelOptions { MaxDegreeOfParallelism = atOnce },
            async (one, _) => Interlocked.Add(ref bytes, await move(one))
        );
        return start.To(new Moment(Stopwatch.GetTimestamp(), bytes, peer.Cpu));
    }

    private static async Task<long> PutAsync(
        HttpClient http,
        string address,
        byte[] data,
        (string Name, string Value)? header = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(address))
        {
            Content = new ByteArrayContent(data),
        };
        if (header is { } given)
        {
            request.Headers.Add(given.Name, given.Value);
        }
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return data.Length;
    }

    private static async Task<long> GetAsync(HttpClient http, string address, int size)
    {
        using var answer = await http.GetAsync(new Uri(address), HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync();
        var (buffer, read) = (new byte[1 << 16], 0L);
        while (await body.ReadAsync(buffer) is var n and > 0)
        {
            read += n;
        }
        return read == size ? read : throw new InvalidOperationException($"{read} bytes of {size} came.");
    }

    private static async Task<JsonObject> AskAsync(HttpClient api, string path, object body)
    {
        using var answer = await api.PostAsJsonAsync(path, body);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static void Print(string block, string way, IEnumerable<Turn> ours, IEnumerable<Turn> theirs)
    {
        var (our, their) = (ours.ToList(), theirs.ToList());
        var ratios = our.Zip(their, (o, t) => o.PerSecond / t.PerSecond).Order().ToList();
        double Speed(List<Turn> turns) => Figures.Median(turns.Select(t => t.PerSecond / 1e6));
        // Cpu is of a thousand bytes.
        double Cost(List<Turn> turns) => Figures.Median(turns.Select(t => t.Cpu * 1e6));
        var ratio = $"{Figures.Median(ratios):F2} ({ratios[0]:F2}-{ratios[^1]:F2})";
        var cost = $"{Cost(our):F2} / {Cost(their):F2}";
        Console.WriteLine($"{block, -20}{way, -10}{Speed(our), 12:F0}{Speed(their), 12:F0}{ratio, 22}{cost, 22}");
    }
}
