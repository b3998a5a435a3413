using System.Net;

namespace HCChat.Cli.Doctor;

/// <summary>A place at a relay, asked for with a name and a password (RFC 8656).</summary>
internal sealed class TurnRelay(StunPath path, string user, string password)
{
    private StunMessage? _challenge;
    private byte[]? _key;

    /// <summary>Asks for an allocation.</summary>
    /// <returns>Null when it was given, else the number with which it was refused (401: the credentials are not good; 486: there are too many).</returns>
    public async Task<int?> AllocateAsync(CancellationToken stop, bool v6 = false)
    {
        var answer = await path.AskAsync(StunMessage.Request(StunMessage.Allocate).OverUdp(v6), null, stop);
        if (answer.Error == 401 && answer.Realm is { } realm)
        {
            _challenge = answer;
            _key = StunMessage.LongTermKey(user, realm, password);
            answer = await AskAsync(StunMessage.Request(StunMessage.Allocate).OverUdp(v6), stop);
        }
        return answer.Type == StunMessage.Allocate + StunMessage.Success ? null : answer.Error ?? 0;
    }

    /// <summary>Asks whether the relay would send to an address; a good one does not send to those that are its own network's.</summary>
    /// <returns>Null when it would, else the number with which it was refused (403: never; 443: another family of addresses).</returns>
    public async Task<int?> PermitAsync(IPAddress peer, CancellationToken stop)
    {
        var answer = await AskAsync(StunMessage.Request(StunMessage.CreatePermission).Peer(peer), stop);
        return answer.Type == StunMessage.CreatePermission + StunMessage.Success ? null : answer.Error ?? 0;
    }

    /// <summary>Gives it back.</summary>
    public Task LeaveAsync(CancellationToken stop) =>
        AskAsync(StunMessage.Request(StunMessage.Refresh).Lifetime(0), stop);

    // A nonce ages; the relay says so with 438 and a new one.
    private async Task<StunMessage> AskAsync(StunMessage request, CancellationToken stop)
    {
        if (_challenge is not { } challenge)
        {
            return await path.AskAsync(request, null, stop);
        }
        var answer = await path.AskAsync(request.Answering(challenge, user), _key, stop);
        if (answer.Error == 438)
        {
            _challenge = answer;
        }
        return answer;
    }
}
