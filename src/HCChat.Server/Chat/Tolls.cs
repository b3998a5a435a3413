using System.Buffers.Text;
using System.Security.Cryptography;
using HCChat.Protocol;

namespace HCChat.Server.Chat;

/// <summary>What one connection was asked to pay for which room, and what it has paid. Not thread-safe: verbs of a connection run one at a time.</summary>
internal sealed class Tolls
{
    /// <summary>How long what was paid for a room is good for: whoever was refused for another reason, or leaves by mistake, does not pay twice.</summary>
    private static readonly TimeSpan s_paid = TimeSpan.FromMinutes(10);

    // The newest of them, one a room.
    private readonly List<Toll> _tolls = [];

    private sealed record Toll(string Channel, byte[] Challenge, long At, bool IsPaid);

    /// <summary>Asks for the toll of a room.</summary>
    /// <returns>The challenge.</returns>
    public string Ask(string channel, TimeProvider time)
    {
        var challenge = RandomNumberGenerator.GetBytes(ProofOfWork.ChallengeSize);
        Put(new Toll(channel, challenge, time.GetTimestamp(), IsPaid: false));
        return Base64Url.EncodeToString(challenge);
    }

    /// <summary>Takes the work for a room. A challenge is good for one try.</summary>
    /// <returns>Whether it is paid for now.</returns>
    public bool TryPay(string channel, long work, TimeProvider time)
    {
        if (_tolls.Find(t => t.Channel == channel && !t.IsPaid) is not { } toll)
        {
            return false;
        }
        _tolls.Remove(toll);
        var isGood =
            time.GetElapsedTime(toll.At) <= TimeSpan.FromSeconds(Limits.WorkSeconds)
            && ProofOfWork.IsGood(toll.Challenge, Limits.WorkBits, work);
        if (isGood)
        {
            Put(toll with { IsPaid = true, At = time.GetTimestamp() });
        }
        return isGood;
    }

    /// <summary>Whether the toll of a room was paid a short time ago.</summary>
    public bool IsPaid(string channel, TimeProvider time) =>
        _tolls.Exists(t => t.Channel == channel && t.IsPaid && time.GetElapsedTime(t.At) <= s_paid);

    private void Put(Toll toll)
    {
        _tolls.RemoveAll(t => t.Channel == toll.Channel);
        _tolls.Add(toll);
        if (_tolls.Count > Limits.MaxRoomsPerConnection)
        {
            _tolls.RemoveAt(0);
        }
    }
}
