using System.Buffers.Text;
using System.Text.Json;

namespace HCChat.Client;

/// <summary>
/// Says who we are, once for each connection and before any room is asked for (spec/protocol.md, Identities): the account first, then the key, each when it is wanted.
/// </summary>
internal sealed class IdentityProof(ChatOptions options, Action<ReadOnlyMemory<byte>> post)
{
    private const int NonceSize = 32;
    private volatile HashSet<string>? _channels;
    private string? _nonce; // while the key is still to be proven
    private string? _accessToken;
    private bool _isAccountAsked;
    private bool _wasDistrusted;

    /// <summary>There is something to say.</summary>
    public bool IsWanted => options.ProveIdentity || _accessToken is not null;

    /// <summary>Asked, and not answered yet.</summary>
    public bool IsUnderway => _channels is not null;

    /// <summary>The server does not believe it, for a reason that time does not cure.</summary>
    public RefusedException? Refused { get; private set; }

    /// <summary>The name that is signed: as a browser's <c>location.hostname</c> has it.</summary>
    private string Host =>
        options.Endpoint is var endpoint && endpoint.HostNameType == UriHostNameType.IPv6
            ? endpoint.Host
            : endpoint.IdnHost.ToLowerInvariant();

    /// <summary>Gets what shows our account, before a connection is made.</summary>
    /// <exception cref="LoginRefusedException">The login is over.</exception>
    /// <exception cref="ConnectFailedException">The server cannot be reached.</exception>
    public async Task PrepareAsync(CancellationToken stop) =>
        _accessToken = options.Account is { } account
            ? await account.AccessTokenAsync(stop).ConfigureAwait(false)
            : null;

    /// <summary>Answers a <c>session</c> frame.</summary>
    /// <param name="channels">The rooms that came with the session.</param>
    public void Begin(JsonElement session, HashSet<string> channels)
    {
        _channels = channels;
        _nonce = options.ProveIdentity ? session.Text("nonce") ?? "" : null;
        _isAccountAsked = _accessToken is not null;
        if (_isAccountAsked)
        {
            post(Frames.Command("identify", ("accessToken", _accessToken)));
        }
        else
        {
            ProveKey();
        }
    }

    /// <summary>The server believes it. Gives the rooms of <see cref="Begin"/>; null when nothing was asked, or there is more to say.</summary>
    public HashSet<string>? Next()
    {
        (_isAccountAsked, _wasDistrusted) = (false, false);
        if (_channels is not null && _nonce is not null)
        {
            ProveKey();
            return null;
        }
        return Interlocked.Exchange(ref _channels, null);
    }

    /// <summary>The server does not. For a reason that passes, another connection may do better, and with another token, once.</summary>
    public void Refuse(Refusal refusal)
    {
        _channels = null;
        if (_isAccountAsked && refusal.Code == "bad_token" && !_wasDistrusted)
        {
            _wasDistrusted = true;
            options.Account!.Distrust(_accessToken!);
        }
        else if (!refusal.IsTemporary)
        {
            Refused = _isAccountAsked ? new LoginRefusedException(refusal) : new IdentityRefusedException(refusal);
        }
    }

    /// <summary>The connection is lost.</summary>
    public void Forget() => _channels = null;

    private void ProveKey()
    {
        var nonce = new byte[NonceSize];
        var isNonce = Base64Url.TryDecodeFromChars(_nonce, nonce, out var size) && size == NonceSize;
        _nonce = null;
        var identity = options.Identity!;
        post(
            Frames.Command(
                "identify",
                ("key", identity.Key.Text),
                ("sig", isNonce ? identity.ProveTo(Host, nonce) : "")
            )
        );
    }
}

/// <summary>Somebody waits at a door.</summary>
internal sealed record Knock(byte[] Frame)
{
    /// <summary>The connection on which it was last heard; null before the first time.</summary>
    public object? PostedOn { get; set; }

    public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
