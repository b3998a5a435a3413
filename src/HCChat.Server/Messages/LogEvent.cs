using HCChat.Protocol;

namespace HCChat.Server.Messages;

/// <summary>What an event holds, which decides whether it is kept. The numbers stand in the database.</summary>
internal enum EventKind
{
    /// <summary>A text that is an envelope.</summary>
    Envelope = 0,

    /// <summary>Something in clear.</summary>
    Clear = 1,

    /// <summary>Neither: a deletion, a setting.</summary>
    Bare = 2,
}

/// <summary>An event that has its place in the list. Never changes.</summary>
internal sealed record LogEvent
{
    /// <summary>The list.</summary>
    public required string Epoch { get; init; }

    /// <summary>The number in it.</summary>
    public required long Seq { get; init; }

    /// <summary>The frame as it goes to everybody.</summary>
    public required byte[] Frame { get; init; }

    /// <summary>Server clock, ms since 1970; the frame's <c>time</c>.</summary>
    public required long Time { get; init; }

    /// <summary>When it disappears, ms since 1970, or null.</summary>
    public long? Dies { get; init; }

    /// <summary>Whether it is on the disk.</summary>
    public required bool Durable { get; init; }

    /// <summary>Whose it is, and how it is recognised.</summary>
    public required Identity Of { get; init; }

    /// <summary>Whether it has disappeared.</summary>
    public bool IsDead(long now) => Dies <= now;
}

/// <summary>What tells one message from another.</summary>
/// <param name="Sender">Who sends, the same across reconnects; empty for the server.</param>
/// <param name="Trip">The sender's trip code, or empty.</param>
/// <param name="Mid">The sender's id for it, or null.</param>
/// <param name="Body">Hash of all that makes it what it is.</param>
/// <param name="Target">The <c>mid</c> of the message that it changes or is about, or null.</param>
internal sealed record Identity(string Sender, string Trip, string? Mid, string Body, string? Target = null)
{
    /// <summary>Nobody's.</summary>
    public static Identity Server { get; } = new("", "", null, "");

    /// <summary>Whether the sender of this one has written <paramref name="other"/> too.</summary>
    public bool IsAuthorOf(Identity other) =>
        Sender == other.Sender ? Sender.Length > 0 : Trip.Length > 0 && Trip == other.Trip;
}

/// <summary>What an acknowledgement says.</summary>
/// <param name="Epoch">The list.</param>
/// <param name="Seq">The number in it.</param>
/// <param name="Time">Server clock, ms since 1970.</param>
/// <param name="Durable">Whether it is on the disk.</param>
internal sealed record Place(string Epoch, long Seq, long Time, bool Durable);

/// <summary>What became of a <see cref="Draft"/>: a fault, or a place; an event when it is new.</summary>
internal readonly record struct Outcome(Fault? Fault, Place? Place, LogEvent? Event);

/// <summary>An event that wants a place.</summary>
internal sealed class Draft
{
    /// <summary>The frame without <c>epoch</c>, <c>seq</c> and <c>time</c>, which are added once the place is known.</summary>
    public required Notice Frame { get; init; }

    /// <summary>The frame as the disk may have it, when that is less.</summary>
    public Notice? KeptFrame { get; init; }

    public required EventKind Kind { get; init; }

    public required Identity Of { get; init; }

    /// <summary>For a deletion: the message that goes, and what is about it.</summary>
    public Identity? Erases { get; init; }

    /// <summary>The objects that it names.</summary>
    public NamedObjects Objects { get; init; } = NamedObjects.None;

    /// <summary>Seconds after which it disappears; 0 for never.</summary>
    public long Ttl { get; init; }

    /// <summary>For a change of settings: the room's choice from now on.</summary>
    public HistoryChoice? Choice { get; init; }

    /// <summary>Told under the room's gate, once.</summary>
    public required Action<Outcome> Done { get; init; }

    /// <summary>Whether the database has to hear of it though it is not kept: whose an object is stands there, and when it goes.</summary>
    public bool ConcernsObjects => Objects.Keys.Count > 0 || Erases is not null;

    /// <summary>What it holds in memory while it waits, about; bytes.</summary>
    public int Size => Frame.Length + (KeptFrame?.Length ?? 0) + 512;

    /// <summary>
    /// Judges against a message of the same <c>mid</c>: true when this is that one sent again, false when its sender has used the id for something
    /// else, null when the other has nothing to do with it. An envelope is itself whoever sends it.
    /// </summary>
    public bool? Repeats(string sender, string body) =>
        body == Of.Body && (sender == Of.Sender || Kind == EventKind.Envelope) ? true
        : sender == Of.Sender ? false
        : null;
}
