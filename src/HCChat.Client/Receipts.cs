namespace HCChat.Client;

/// <summary>
/// What we tell of what we have read and received: at most once in five seconds, the newest of each, and only while at most 30 people are in the
/// room (spec/crypto.md §4). Everything happens under the room's gate.
/// </summary>
internal sealed class Receipts : IDisposable
{
    /// <summary>In larger rooms nobody is told.</summary>
    public const int MaxMembers = 30;

    /// <summary>From one to the next.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate;
    private readonly Func<int> _members;
    private readonly Action<string?, string?> _send;
    private readonly ITimer _timer;
    private string? _read;
    private string? _delivered;
    private bool _pausing;

    /// <param name="send">Tells the others: the newest read, the newest received.</param>
    public Receipts(Lock gate, TimeProvider time, Func<int> members, Action<string?, string?> send)
    {
        _gate = gate;
        _members = members;
        _send = send;
        _timer = time.CreateTimer(_ => OnPauseOver(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Mark(string? read, string? delivered)
    {
        _read = read ?? _read;
        _delivered = delivered ?? _delivered;
        if (!_pausing)
        {
            Send();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnPauseOver()
    {
        lock (_gate)
        {
            _pausing = false;
            Send();
        }
    }

    private void Send()
    {
        var (read, delivered) = (_read, _delivered);
        (_read, _delivered) = (null, null);
        if ((read ?? delivered) is null || _members() > MaxMembers)
        {
            return;
        }
        _pausing = true;
        _timer.Change(Pause, Timeout.InfiniteTimeSpan);
        _send(read, delivered);
    }
}
