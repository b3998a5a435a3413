namespace HCChat.Crypto;

/// <summary>Why something was not opened, sealed or derived: the closed set of spec/crypto.md §9.</summary>
public enum E2eeError
{
    /// <summary><c>E_PLAIN</c>: not an envelope, in a room that is encrypted.</summary>
    Plain,

    /// <summary><c>E_FORMAT</c>: malformed, or a length, tag or member that cannot be.</summary>
    Format,

    /// <summary><c>E_PAD</c>: authentic, but the padding is wrong.</summary>
    Pad,

    /// <summary><c>E_VERSION</c>: an envelope version that this client does not speak.</summary>
    Version,

    /// <summary><c>E_ALG</c>: an algorithm that this client does not speak.</summary>
    Alg,

    /// <summary><c>E_KEY_UNKNOWN</c>: sealed under another passphrase or room key.</summary>
    KeyUnknown,

    /// <summary><c>E_AUTH</c>: changed on the way, moved to another room, or the wrong key.</summary>
    Auth,

    /// <summary><c>E_REPLAY</c>: an authentic message delivered again under another id.</summary>
    Replay,

    /// <summary><c>E_TRUNCATED</c>: a file that ends before its end.</summary>
    Truncated,

    /// <summary><c>E_TRAILING</c>: bytes after a file's end.</summary>
    Trailing,

    /// <summary><c>E_LIMIT</c>: larger than the specification allows.</summary>
    Limit,

    /// <summary><c>E_RESOURCE</c>: not enough memory to stretch a passphrase.</summary>
    Resource,

    /// <summary><c>E_NO_ICU</c>: this process cannot normalise Unicode, so a passphrase would give another key than elsewhere.</summary>
    NoIcu,

    /// <summary><c>E_SALT</c>: the server names another room salt than the link or an earlier join did.</summary>
    SaltChanged,
}

/// <summary>The one exception of this library for input that is refused. It carries no plaintext and no key.</summary>
public sealed class E2eeException : Exception
{
    /// <summary>A refusal for the reason <paramref name="error"/>.</summary>
    public E2eeException(E2eeError error)
        : base(CodeOf(error)) => Error = error;

    /// <summary>Why.</summary>
    public E2eeError Error { get; }

    /// <summary>The stable code, such as <c>E_AUTH</c>.</summary>
    public string Code => CodeOf(Error);

    /// <summary>The stable code of an error, such as <c>E_AUTH</c>.</summary>
    public static string CodeOf(E2eeError error) =>
        error switch
        {
            E2eeError.Plain => "E_PLAIN",
            E2eeError.Format => "E_FORMAT",
            E2eeError.Pad => "E_PAD",
            E2eeError.Version => "E_VERSION",
            E2eeError.Alg => "E_ALG",
            E2eeError.KeyUnknown => "E_KEY_UNKNOWN",
            E2eeError.Auth => "E_AUTH",
            E2eeError.Replay => "E_REPLAY",
            E2eeError.Truncated => "E_TRUNCATED",
            E2eeError.Trailing => "E_TRAILING",
            E2eeError.Limit => "E_LIMIT",
            E2eeError.Resource => "E_RESOURCE",
            E2eeError.NoIcu => "E_NO_ICU",
            E2eeError.SaltChanged => "E_SALT",
            _ => throw new ArgumentOutOfRangeException(nameof(error)),
        };
}
