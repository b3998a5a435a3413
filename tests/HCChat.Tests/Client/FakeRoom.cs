using System.Globalization;
using System.Text.Json;
using HCChat.Client;

namespace HCChat.Tests.Client;

/// <summary>
/// A server's side of one room, as simple as spec/protocol.md allows: a log of epochs, what it answers, and frames on their way to one client, which a
/// test may lose, double and shuffle.
/// </summary>
internal sealed class FakeRoom
{
    public const string Channel = "lobby";

    private readonly List<Epoch> _epochs = [new Epoch("epoch-0")];
    private readonly Dictionary<string, (Entry Entry, string Body)> _byMid = [];
    private int _epochCount = 1;

    /// <summary>Frames that a client does not see yet; those of now and the answers alike.</summary>
    public List<string> OnTheWay { get; } = [];

    /// <summary>Most numbers that a page covers.</summary>
    public int PageSize { get; set; } = 5;

    /// <summary>The next position that is given is answered by an empty page with <c>more</c>.</summary>
    public bool TooMuchAtOnce { get; set; }

    public bool IsConnected { get; set; }

    public List<Entry> Log { get; } = [];

    public RoomPosition Head => new(Current.Name, Current.Head);

    private Epoch Current => _epochs[^1];

    public sealed record Entry(string Epoch, int EpochIndex, long Seq, string Mid, string Text, bool Mine)
    {
        public bool Gone { get; set; }
        public bool LostWithEpoch { get; set; }
    }

    private sealed record Epoch(string Name)
    {
        public List<Entry> Entries { get; } = [];
        public long Oldest { get; set; } = 1;
        public long Head => Entries.Count;
    }

    /// <summary>Somebody says something.</summary>
    public void Say(string mid, string text, bool mine)
    {
        var entry = new Entry(Current.Name, _epochCount - 1, Current.Head + 1, mid, text, mine);
        Current.Entries.Add(entry);
        Log.Add(entry);
        _byMid[mid] = (entry, text);
        Send(Chat(entry));
    }

    /// <summary>A frame from the client.</summary>
    public void Hear(ReadOnlyMemory<byte> frame)
    {
        using var json = JsonDocument.Parse(frame);
        var o = json.RootElement;
        switch (o.GetProperty("cmd").GetString())
        {
            case "chat":
                Take(o.GetProperty("mid").GetString()!, o.GetProperty("text").GetString()!);
                break;
            case "sync":
                Send(Page(Member(o, "epoch"), Number(o, "since"), Number(o, "before")));
                break;
        }
    }

    /// <summary>The frame that lets the client in.</summary>
    public string OnlineSet()
    {
        object[] users =
        [
            new
            {
                userid = 1,
                nick = "me",
                isme = true,
            },
        ];
        return JsonSerializer.Serialize(
            new
            {
                cmd = "onlineSet",
                channel = Channel,
                users,
                epoch = Current.Name,
                head = Current.Head,
                oldest = Current.Oldest,
            }
        );
    }

    /// <summary>Answers a position that was given with a join.</summary>
    public void Resume(string epoch, long seq)
    {
        if (TooMuchAtOnce && epoch == Current.Name && seq < Current.Head && seq + 1 >= Current.Oldest)
        {
            TooMuchAtOnce = false;
            Send(Found(Current, seq + 1, seq, more: true, null));
            return;
        }
        Send(epoch == Current.Name ? Page(epoch, seq, null) : Lost());
    }

    /// <summary>An event is deleted or has run out.</summary>
    public void Forget(int number)
    {
        if (Log.Count > 0)
        {
            Log[number % Log.Count].Gone = true;
        }
    }

    /// <summary>The oldest events go for age.</summary>
    public void Trim(int count)
    {
        var oldest = Math.Min(Current.Head + 1, Current.Oldest + count);
        foreach (var entry in Current.Entries.Where(e => e.Seq < oldest))
        {
            entry.Gone = true;
        }
        Current.Oldest = oldest;
    }

    /// <summary>The server cannot prove that its list goes on, and may have lost what was before.</summary>
    public void Restart(bool keeps)
    {
        if (!keeps)
        {
            foreach (var entry in _epochs.SelectMany(epoch => epoch.Entries))
            {
                entry.Gone = true;
            }
        }
        _epochs.Add(new Epoch($"epoch-{_epochCount++}"));
    }

    private void Take(string mid, string text)
    {
        if (!_byMid.ContainsKey(mid))
        {
            Say(mid, text, mine: true);
        }
        var entry = _byMid[mid].Entry;
        Send(
            JsonSerializer.Serialize(
                new
                {
                    cmd = "ack",
                    channel = Channel,
                    mid,
                    epoch = entry.Epoch,
                    seq = entry.Seq,
                }
            )
        );
    }

    private string Page(string? name, long? since, long? before)
    {
        var epoch = name is null ? Current : _epochs.Find(e => e.Name == name);
        if (epoch is null || (epoch != Current && epoch.Entries.TrueForAll(e => e.Gone)))
        {
            return Lost();
        }
        if (since is { } at)
        {
            return at > epoch.Head || at + 1 < epoch.Oldest
                ? Lost()
                : Found(epoch, at + 1, Math.Min(epoch.Head, at + PageSize), at + PageSize < epoch.Head, null);
        }
        var to = Math.Min(epoch.Head, (before ?? long.MaxValue) - 1);
        var from = Math.Max(1, to - PageSize + 1);
        var more = epoch.Entries.Exists(e => e.Seq < from && !e.Gone);
        return Found(epoch, from, to, more, more ? null : Before(epoch));
    }

    private string? Before(Epoch epoch) =>
        _epochs.Take(_epochs.IndexOf(epoch)).LastOrDefault(earlier => earlier.Entries.Exists(e => !e.Gone))?.Name;

    private static string Found(Epoch epoch, long from, long to, bool more, string? previous)
    {
        var events = epoch.Entries.Where(e => e.Seq >= from && e.Seq <= to && !e.Gone).Select(Chat);
        return JsonSerializer.Serialize(
            new
            {
                cmd = "replay",
                channel = Channel,
                epoch = epoch.Name,
                recovered = true,
                oldest = epoch.Oldest,
                head = epoch.Head,
                from,
                to,
                events = events.Select(e => JsonSerializer.Deserialize<JsonElement>(e)),
                more,
                previous,
            }
        );
    }

    private string Lost() =>
        JsonSerializer.Serialize(
            new
            {
                cmd = "replay",
                channel = Channel,
                epoch = Current.Name,
                recovered = false,
                oldest = Current.Oldest,
                head = Current.Head,
            }
        );

    private static string Chat(Entry entry) =>
        JsonSerializer.Serialize(
            new
            {
                cmd = "chat",
                channel = Channel,
                nick = entry.Mine ? "me" : "other",
                userid = entry.Mine ? 1 : 2,
                text = entry.Text,
                id = entry.Mid,
                mid = entry.Mid,
                time = 1_760_000_000_000,
                epoch = entry.Epoch,
                seq = entry.Seq,
            }
        );

    private void Send(string frame)
    {
        if (IsConnected)
        {
            OnTheWay.Add(frame);
        }
    }

    private static string? Member(JsonElement o, string name) =>
        o.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static long? Number(JsonElement o, string name) =>
        o.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Log.Count} events");
}
