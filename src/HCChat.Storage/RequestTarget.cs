using System.Globalization;
using System.Text;

namespace HCChat.Storage;

/// <summary>
/// What a request asks for, read from its first line as it was sent: what was signed and what is done must come from the same bytes,
/// and the framework's path is normalised already.
/// </summary>
internal sealed class RequestTarget
{
    private const int MaxKeyBytes = 1024;
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, string> _query;

    private RequestTarget(string path, string bucket, string key, Dictionary<string, string> query)
    {
        (Path, Bucket, Key, _query) = (path, bucket, key, query);
    }

    /// <summary>The path, decoded.</summary>
    public string Path { get; }

    /// <summary>The path's first segment.</summary>
    public string Bucket { get; }

    /// <summary>The rest of the path; empty when the bucket itself is meant.</summary>
    public string Key { get; }

    /// <summary>Names and values of the query, decoded.</summary>
    public IReadOnlyDictionary<string, string> Query => _query;

    /// <summary>A value of the query, or null.</summary>
    public string? this[string name] => _query.GetValueOrDefault(name);

    /// <summary>Reads a request target in origin form (RFC 9112 §3.2.1).</summary>
    /// <exception cref="S3Error">It cannot be meant.</exception>
    public static RequestTarget Parse(string raw)
    {
        var mark = raw.IndexOf('?', StringComparison.Ordinal);
        var rawPath = mark < 0 ? raw : raw[..mark];
        var path = Decode(rawPath);
        if (!path.StartsWith('/'))
        {
            throw S3Error.Invalid("The address is not a path.");
        }
        var slash = path.IndexOf('/', 1);
        var bucket = slash < 0 ? path[1..] : path[1..slash];
        var key = slash < 0 ? "" : path[(slash + 1)..];
        CheckKey(key);
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in mark < 0 ? [] : raw[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);
            // Of two values one would be signed and the other used.
            if (!query.TryAdd(Decode(name), Decode(value)))
            {
                throw S3Error.Invalid("A query parameter comes twice.");
            }
        }
        return new RequestTarget(path, bucket, key, query);
    }

    /// <summary>Refuses a key that no list could name: XML has no way to say two of the characters.</summary>
    /// <exception cref="S3Error">It is one.</exception>
    public void CheckListable()
    {
        if (Key.Any(c => c is '\uFFFE' or '\uFFFF'))
        {
            throw S3Error.Invalid("A key has no U+FFFE and no U+FFFF in it.");
        }
    }

    /// <summary>The path as Signature Version 4 writes it for S3: each byte but the unreserved ones and <c>/</c> encoded, once, nothing normalised.</summary>
    public string CanonicalPath => Encode(Path, keepSlash: true);

    /// <summary>The query as Signature Version 4 writes it.</summary>
    /// <param name="except">A name that is left out: the signature itself.</param>
    public string CanonicalQuery(string? except) =>
        string.Join(
            '&',
            _query
                .Where(p => p.Key != except)
                .Select(p => (Name: Encode(p.Key), Value: Encode(p.Value)))
                .OrderBy(p => p.Name, StringComparer.Ordinal)
                .ThenBy(p => p.Value, StringComparer.Ordinal)
                .Select(p => $"{p.Name}={p.Value}")
        );

    /// <summary>Encodes as Signature Version 4 does (RFC 3986's unreserved characters stay).</summary>
    public static string Encode(string text, bool keepSlash = false)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~' || (keepSlash && c == '/'))
            {
                encoded.Append(c);
            }
            else
            {
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }
        return encoded.ToString();
    }

    private static string Decode(string raw)
    {
        var bytes = new byte[raw.Length];
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c == '%')
            {
                if (
                    i + 2 >= raw.Length
                    || !byte.TryParse(
                        raw.AsSpan(i + 1, 2),
                        NumberStyles.AllowHexSpecifier,
                        CultureInfo.InvariantCulture,
                        out var b
                    )
                )
                {
                    throw S3Error.Invalid("The address is not encoded as it should be.");
                }
                bytes[length++] = b;
                i += 2;
            }
            else if (c is > ' ' and < (char)127)
            {
                bytes[length++] = (byte)c;
            }
            else
            {
                throw S3Error.Invalid("The address is not encoded as it should be.");
            }
        }
        try
        {
            return s_strict.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw S3Error.Invalid("The address is not UTF-8.");
        }
    }

    // Keys never become paths here; but whoever copies a bucket into folders must not be led out of them.
    private static void CheckKey(string key)
    {
        if (Encoding.UTF8.GetByteCount(key) > MaxKeyBytes)
        {
            throw new S3Error(400, "KeyTooLongError", "A key has at most 1,024 bytes.");
        }
        if (key.Any(char.IsControl) || key.Split('/', '\\').Any(s => s is "." or ".."))
        {
            throw S3Error.Invalid("A key has no control characters and no segment that is . or .. in it.");
        }
    }
}
