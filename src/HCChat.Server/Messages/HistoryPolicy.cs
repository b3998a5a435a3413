namespace HCChat.Server.Messages;

/// <summary>Which events are kept (spec/protocol.md, History).</summary>
internal enum HistoryMode
{
    /// <summary>None.</summary>
    Off,

    /// <summary>Those whose text is an envelope.</summary>
    Encrypted,

    /// <summary>All.</summary>
    On,
}

/// <summary>What a room keeps, and for how long.</summary>
/// <param name="Mode">Which events.</param>
/// <param name="Days">For how many days.</param>
/// <param name="Count">How many of them at most.</param>
/// <param name="Ttl">Seconds after which messages disappear; 0 for never.</param>
internal sealed record HistoryPolicy(HistoryMode Mode, long Days, long Count, long Ttl)
{
    /// <summary>Shortest time to live of a message, seconds: it has to be read first.</summary>
    public const long MinTtl = 5;

    /// <summary>Longest one, seconds: a year.</summary>
    public const long MaxTtl = 31_536_000;

    /// <summary>The mode's name on the wire.</summary>
    public string ModeName => Name(Mode);

    /// <summary>A mode's name on the wire.</summary>
    public static string Name(HistoryMode mode) =>
        mode switch
        {
            HistoryMode.Off => "off",
            HistoryMode.Encrypted => "encrypted",
            _ => "on",
        };

    /// <summary>The mode of that name, or null.</summary>
    public static HistoryMode? Parse(string? name) =>
        name switch
        {
            "off" => HistoryMode.Off,
            "encrypted" => HistoryMode.Encrypted,
            "on" => HistoryMode.On,
            _ => null,
        };

    /// <summary>Whether events of that kind are kept.</summary>
    public bool Keeps(EventKind kind) =>
        Mode == HistoryMode.On || (Mode == HistoryMode.Encrypted && kind != EventKind.Clear);

    /// <summary>The time to live of a message that asks for <paramref name="ttl"/> seconds (0: for none).</summary>
    public long TtlOf(long ttl) =>
        Ttl == 0 ? ttl
        : ttl == 0 ? Ttl
        : Math.Min(Ttl, ttl);
}

/// <summary>What a room has set for itself; null is the operator's default.</summary>
internal sealed record HistoryChoice(HistoryMode? Mode, long? Days, long? Count, long? Ttl)
{
    /// <summary>Nothing set.</summary>
    public static HistoryChoice None { get; } = new(null, null, null, null);

    /// <summary>This choice with what <paramref name="change"/> sets.</summary>
    public HistoryChoice With(HistoryChoice change) =>
        new(change.Mode ?? Mode, change.Days ?? Days, change.Count ?? Count, change.Ttl ?? Ttl);
}

/// <summary>The operator's default, and how far rooms may go.</summary>
/// <param name="Default">For rooms that have set nothing.</param>
/// <param name="MaxMode">The most that a room may keep.</param>
/// <param name="MaxDays">For how long at most, days.</param>
/// <param name="MaxCount">How many events at most.</param>
internal sealed record HistoryRules(HistoryPolicy Default, HistoryMode MaxMode, long MaxDays, long MaxCount)
{
    /// <summary>What holds for a room. Bounds that the operator has narrowed since hold for older choices too.</summary>
    public HistoryPolicy Of(HistoryChoice choice) =>
        new(
            (HistoryMode)Math.Min((int)(choice.Mode ?? Default.Mode), (int)MaxMode),
            Math.Min(choice.Days ?? Default.Days, MaxDays),
            Math.Min(choice.Count ?? Default.Count, MaxCount),
            choice.Ttl ?? Default.Ttl
        );

    /// <summary>Whether a room may choose that.</summary>
    public bool Allows(HistoryChoice choice) =>
        (choice.Mode is null || choice.Mode <= MaxMode)
        && (choice.Days is null || (choice.Days >= 1 && choice.Days <= MaxDays))
        && (choice.Count is null || (choice.Count >= 1 && choice.Count <= MaxCount))
        && choice.Ttl is null or 0 or (>= HistoryPolicy.MinTtl and <= HistoryPolicy.MaxTtl);
}
