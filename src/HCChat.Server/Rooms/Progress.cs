namespace HCChat.Server.Rooms;

/// <summary>How far a peer that knows no numbers has certainly come: a ping goes out behind what it was sent. Guarded by the room's gate.</summary>
/// <param name="gate">The room's.</param>
/// <param name="onceReceived">Runs an action when the peer has received what was queued before.</param>
/// <param name="received">Where it begins.</param>
internal sealed class Progress(Lock gate, Action<Action> onceReceived, long received)
{
    private long _sent = received;
    private bool _isAsking;

    /// <summary>The newest number that the peer has.</summary>
    public long Received { get; private set; } = received;

    /// <summary>Begins further back, because what follows is sent only now.</summary>
    public void Begin(long seq) => Received = seq;

    /// <summary>An event was queued for the peer.</summary>
    public void Sent(long seq)
    {
        _sent = Math.Max(_sent, seq);
        if (!_isAsking)
        {
            Ask();
        }
    }

    /// <summary>The peer says that it has an event, and so all before it.</summary>
    public void Has(long seq) => Received = Math.Max(Received, seq);

    private void Ask()
    {
        _isAsking = true;
        var sent = _sent;
        onceReceived(() =>
        {
            lock (gate)
            {
                Has(sent);
                _isAsking = false;
                if (_sent > sent)
                {
                    Ask();
                }
            }
        });
    }
}
