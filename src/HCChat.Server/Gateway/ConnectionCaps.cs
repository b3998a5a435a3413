namespace HCChat.Server.Gateway;

/// <summary>How many connections there may be, in all and from one address. Whoever is one too many is turned away before anything is made for them; those inside stay.</summary>
/// <param name="most">In all.</param>
/// <param name="mostOfOneAddress">From one address.</param>
internal sealed class ConnectionCaps(int most, int mostOfOneAddress)
{
    private readonly Lock _lock = new();

    // No larger than the number of connections.
    private readonly Dictionary<string, int> _ofAddress = [];
    private int _all;

    /// <summary>What came of asking for a place.</summary>
    internal enum Answer
    {
        /// <summary>It is taken, until <see cref="Leave"/>.</summary>
        Taken,

        /// <summary>There are as many as there may be.</summary>
        Full,

        /// <summary>There are as many from that address as there may be.</summary>
        AddressFull,
    }

    /// <summary>Takes a place.</summary>
    /// <param name="addressKey">The peer's address, as limits and bans know it.</param>
    public Answer Enter(string addressKey)
    {
        lock (_lock)
        {
            var here = _ofAddress.GetValueOrDefault(addressKey);
            if (_all >= most)
            {
                return Answer.Full;
            }
            if (here >= mostOfOneAddress)
            {
                return Answer.AddressFull;
            }
            _all++;
            _ofAddress[addressKey] = here + 1;
            return Answer.Taken;
        }
    }

    /// <summary>Gives a place back.</summary>
    /// <param name="addressKey">The same as for <see cref="Enter"/>.</param>
    public void Leave(string addressKey)
    {
        lock (_lock)
        {
            _all--;
            if (--_ofAddress[addressKey] == 0)
            {
                _ofAddress.Remove(addressKey);
            }
        }
    }
}
