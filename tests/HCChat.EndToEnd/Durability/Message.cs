using System.Text.Json.Nodes;

namespace HCChat.EndToEnd.Durability;

/// <summary>A message that has its place, as a receiver or the history has it.</summary>
internal sealed record Event(string Epoch, long Seq, string Mid, string Text)
{
    /// <summary>Of a sequenced <c>chat</c> frame.</summary>
    public static Event Of(JsonObject frame) =>
        new((string)frame["epoch"]!, (long)frame["seq"]!, (string)frame["mid"]!, (string)frame["text"]!);
}

/// <summary>What an <c>ack</c> has promised.</summary>
internal sealed record Promise(string Room, string Mid, string Epoch, long Seq, bool Durable);

/// <summary>A <c>nack</c>, when it came (a timestamp), and how long after the message that was.</summary>
internal sealed record Refusal(string Code, long At, TimeSpan After);

/// <summary>A message that its sender wants to have acknowledged.</summary>
internal sealed class Wanted(string room)
{
    public string Room { get; } = room;

    /// <summary>Its id, which never changes however often it is sent.</summary>
    public string Mid { get; } = Guid.NewGuid().ToString("N");

    /// <summary>When it is to be sent (a timestamp), or null while an answer is awaited.</summary>
    public long? Due { get; set; } = 0;

    /// <summary>When it was last sent.</summary>
    public long SentAt { get; set; }

    /// <summary>When it was first sent.</summary>
    public long FirstSentAt { get; set; }

    /// <summary>What it says: follows from its id and room, so that a reader can tell whether it is whole.</summary>
    public string Text => TextOf(Room, Mid);

    /// <summary>Rooms whose name begins with "plain" hold text in clear.</summary>
    public static bool IsPlain(string room) => room.StartsWith("plain", StringComparison.Ordinal);

    public static string TextOf(string room, string mid) =>
        (IsPlain(room) ? "in clear " : "E2EE:") + string.Concat(Enumerable.Repeat(mid, 6));
}
