using System.Buffers.Text;
using System.Text.Json;
using HCChat.Protocol;

namespace HCChat.Client;

/// <content>What a raided room asks of newcomers.</content>
public sealed partial class ChatClient
{
    /// <summary>Does the work that a room asks for, and asks again to be let in. Whoever waits for that waits a moment longer.</summary>
    /// <returns>False when it asks for nothing that can be paid.</returns>
    private bool TryPay(string channel, JsonElement toll)
    {
        if (
            toll.Text("code") != "proof_of_work"
            || toll.Text("challenge") is not { } challenge
            || !Base64Url.IsValid(challenge, out var size)
            || size != ProofOfWork.ChallengeSize
            || toll.Integer("bits") is not (>= 0 and <= ProofOfWork.MaxBits and var bits)
            || !_rooms.TryGetValue(channel, out var room)
            || !IsAsked(room)
        )
        {
            return false;
        }
        _ = Task.Run(() => Pay(room, Base64Url.DecodeFromChars(challenge), (int)bits));
        return true;
    }

    private void Pay(ChatRoom room, byte[] challenge, int bits)
    {
        var wire = room.AskedOn as Wire;
        // On another connection the challenge is worth nothing.
        if (ProofOfWork.Find(challenge, bits, _closing.Token) is { } work && room.AskedOn == wire)
        {
            wire?.Post(room.JoinFrame(work));
        }
    }
}
