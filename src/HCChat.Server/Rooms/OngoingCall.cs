namespace HCChat.Server.Rooms;

/// <summary>A call in a room, as its members are told of it.</summary>
/// <param name="Start">The frame of the message that began it, which names it to those who can read it.</param>
/// <param name="Since">When, a timestamp of the clock.</param>
internal sealed record OngoingCall(byte[] Start, long Since)
{
    /// <summary>Somebody in it.</summary>
    /// <param name="Nick">As whom they came in.</param>
    /// <param name="Identity">Who they are in the call.</param>
    internal sealed record Person(string Nick, string Identity);

    /// <summary>Who is in it.</summary>
    public IReadOnlyList<Person> People { get; init; } = [];

    /// <summary>Whether anybody has been in it yet: one into which nobody ever comes is over after a while.</summary>
    public bool WasJoined { get; init; }
}
