using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace HCChat.Storage;

/// <summary>
/// Whether a request was signed with the store's key: AWS Signature Version 4, in a header or in the address (presigned), as the "Authenticating
/// Requests" pages of the Amazon S3 API reference have it. Nothing unsigned that could change what is done is let through.
/// </summary>
internal sealed class Signature
{
    public const string Unsigned = "UNSIGNED-PAYLOAD";

    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const int MaxExpires = 604_800; // seven days, S3's own bound
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(15);

    private readonly byte[] _key;
    private readonly string _time;
    private readonly string _scope;
    private string _last;

    private Signature(byte[] key, string time, string scope, string signature, string payload)
    {
        (_key, _time, _scope, _last, Payload) = (key, time, scope, signature, payload);
    }

    /// <summary>What was signed of the body: its SHA-256 in hex, or one of S3's words for how it comes.</summary>
    public string Payload { get; }

    /// <summary>Whether it stands in the address: somebody was given it, who does not have the key.</summary>
    public bool IsInAddress { get; private init; }

    /// <summary>Checks a request.</summary>
    /// <exception cref="S3Error">It is not signed, or not with this key, or not now.</exception>
    public static Signature Check(HttpRequest request, RequestTarget target, StorageKey key, DateTimeOffset now)
    {
        var header = request.Headers.Authorization;
        var inAddress = target["X-Amz-Algorithm"] is not null || target["X-Amz-Signature"] is not null;
        if (target["AWSAccessKeyId"] is not null || header.ToString().StartsWith("AWS ", StringComparison.Ordinal))
        {
            throw new S3Error(400, "InvalidRequest", "Only Signature Version 4 is understood here.");
        }
        if (header.Count > 0 && inAddress)
        {
            throw S3Error.Invalid("A request is signed in its header or in its address, not in both.");
        }
        if (header.Count == 0 && !inAddress)
        {
            throw S3Error.AccessDenied("The request is not signed.");
        }
        return inAddress ? InAddress(request, target, key, now) : InHeader(request, target, key, now);
    }

    /// <summary>Checks the next chunk's signature, which builds on the one before it ("Transferring Payload in Multiple Chunks").</summary>
    /// <param name="hash">SHA-256 of its data.</param>
    /// <param name="signature">What it claims.</param>
    /// <exception cref="S3Error">It is another.</exception>
    public void CheckChunk(ReadOnlySpan<byte> hash, string signature) =>
        CheckNext($"{Algorithm}-PAYLOAD\n{_time}\n{_scope}\n{_last}\n{EmptyHash}\n{Hex(hash)}", signature);

    /// <summary>Checks what closes a body whose checksum comes last.</summary>
    /// <param name="trailer">Its lines, each ended by a line feed.</param>
    /// <param name="signature">What it claims.</param>
    /// <exception cref="S3Error">It is another.</exception>
    public void CheckTrailer(string trailer, string signature) =>
        CheckNext(
            $"{Algorithm}-TRAILER\n{_time}\n{_scope}\n{_last}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(trailer)))}",
            signature
        );

    private void CheckNext(string text, string signature)
    {
        Compare(_key, text, signature);
        _last = signature;
    }

    // Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…
    private static Signature InHeader(HttpRequest request, RequestTarget target, StorageKey key, DateTimeOffset now)
    {
        var text = One(request.Headers.Authorization, "Authorization");
        if (!text.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            throw S3Error.AccessDenied("The request is not signed with AWS4-HMAC-SHA256.");
        }
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !parts.TryAdd(part[..equals], part[(equals + 1)..]))
            {
                throw S3Error.BadAuthorization(
                    "The header is not of the form Credential=, SignedHeaders=, Signature=."
                );
            }
        }
        string Part(string name) =>
            parts.GetValueOrDefault(name) ?? throw S3Error.BadAuthorization($"{name} is missing.");
        var time = One(request.Headers["x-amz-date"], "x-amz-date");
        if (Math.Abs((now - ParseTime(time)).Ticks) > s_skew.Ticks)
        {
            throw S3Error.Skewed();
        }
        return Verify(
            request,
            target,
            key,
            Part("Credential"),
            time,
            Part("SignedHeaders"),
            Part("Signature"),
            One(request.Headers["x-amz-content-sha256"], "x-amz-content-sha256"),
            signatureInQuery: null
        );
    }

    private static Signature InAddress(HttpRequest request, RequestTarget target, StorageKey key, DateTimeOffset now)
    {
        string Part(string name) => target[name] ?? throw S3Error.BadQuery($"{name} is missing.");
        if (Part("X-Amz-Algorithm") != Algorithm)
        {
            throw S3Error.BadQuery("Only AWS4-HMAC-SHA256 is understood.");
        }
        var time = Part("X-Amz-Date");
        var begins = ParseTime(time);
        if (
            !int.TryParse(Part("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 1 or > MaxExpires
        )
        {
            throw S3Error.BadQuery("X-Amz-Expires is from 1 to 604800 seconds.");
        }
        if (begins - now > s_skew)
        {
            throw S3Error.AccessDenied("The address is not good yet.");
        }
        if (now - begins > TimeSpan.FromSeconds(seconds))
        {
            throw S3Error.AccessDenied("The address has expired.");
        }
        return Verify(
            request,
            target,
            key,
            Part("X-Amz-Credential"),
            time,
            Part("X-Amz-SignedHeaders"),
            Part("X-Amz-Signature"),
            target["X-Amz-Content-Sha256"] ?? Unsigned,
            signatureInQuery: "X-Amz-Signature"
        );
    }

    private static Signature Verify(
        HttpRequest request,
        RequestTarget target,
        StorageKey key,
        string credential,
        string time,
        string signedHeaders,
        string signature,
        string payload,
        string? signatureInQuery
    )
    {
        // key/date/region/s3/aws4_request
        var scope = credential.Split('/');
        if (scope.Length != 5 || scope[3] != "s3" || scope[4] != "aws4_request" || scope[1] != time[..8])
        {
            throw S3Error.BadAuthorization("The credential's scope is not of the form key/day/region/s3/aws4_request.");
        }
        if (!Same(scope[0], key.AccessKey))
        {
            throw S3Error.UnknownKey();
        }
        var names = signedHeaders.Split(';');
        CheckNames(request, names);
        var canonical = string.Join(
            '\n',
            [
                request.Method,
                target.CanonicalPath,
                target.CanonicalQuery(signatureInQuery),
                .. names.Select(n => $"{n}:{Value(request, n)}"),
                "",
                signedHeaders,
                payload,
            ]
        );
        var scopeText = string.Join('/', scope[1..]);
        var signingKey = key.ForScope(scope[1], scope[2], scope[3]);
        var hash = Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        Compare(signingKey, $"{Algorithm}\n{time}\n{scopeText}\n{hash}", signature);
        return new Signature(signingKey, time, scopeText, signature, payload)
        {
            IsInAddress = signatureInQuery is not null,
        };
    }

    // Whatever begins with x-amz- means something to the store, so it counts only when it was signed.
    private static void CheckNames(HttpRequest request, string[] names)
    {
        if (!names.Contains("host") || !names.SequenceEqual(names.Distinct().Order(StringComparer.Ordinal)))
        {
            throw S3Error.AccessDenied("The signed headers include host and come in order, each once.");
        }
        foreach (var (name, _) in request.Headers)
        {
            var lower = name.ToLowerInvariant();
            if (lower.StartsWith("x-amz-", StringComparison.Ordinal) && !names.Contains(lower))
            {
                throw S3Error.AccessDenied($"{lower} is not signed.");
            }
        }
    }

    private static string Value(HttpRequest request, string name)
    {
        if (!request.Headers.TryGetValue(name, out var values))
        {
            throw S3Error.SignatureMismatch();
        }
        return string.Join(
            ',',
            values.Select(v => string.Join(' ', (v ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        );
    }

    private static void Compare(byte[] key, string text, string signature)
    {
        var expected = Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
        if (!Same(expected, signature))
        {
            throw S3Error.SignatureMismatch();
        }
    }

    private static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));

    private static DateTimeOffset ParseTime(string time) =>
        DateTimeOffset.TryParseExact(
            time,
            "yyyyMMdd'T'HHmmss'Z'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var parsed
        )
            ? parsed
            : throw S3Error.AccessDenied("The time of the request is missing or not of the form 20260102T030405Z.");

    private static string One(StringValues values, string name) =>
        values is [{ Length: > 0 } one] ? one : throw S3Error.AccessDenied($"{name} must be there once.");

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
