namespace HCChat.Server.Chat;

/// <summary>What <c>morestats</c> counts since the start.</summary>
internal sealed class Statistics
{
    private long _joins;
    private long _invites;
    private long _messages;
    private long _kicked;
    private long _requests;

    public long Joins => Interlocked.Read(ref _joins);
    public long Invites => Interlocked.Read(ref _invites);
    public long Messages => Interlocked.Read(ref _messages);
    public long Kicked => Interlocked.Read(ref _kicked);
    public long Requests => Interlocked.Read(ref _requests);

    public void CountJoin() => Interlocked.Increment(ref _joins);

    public void CountInvite() => Interlocked.Increment(ref _invites);

    public void CountMessage() => Interlocked.Increment(ref _messages);

    public void CountKick() => Interlocked.Increment(ref _kicked);

    public void CountRequest() => Interlocked.Increment(ref _requests);
}
