using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HCChat.Storage;

namespace HCChat.Tests.Storage;

/// <summary>Signature Version 4 for S3 after the letter of its specification, and nothing of the product's.</summary>
public sealed class Signer(StorageKey key, DateTimeOffset at, string region = "us-east-1")
{
    public const string Unsigned = "UNSIGNED-PAYLOAD";
    public const string Chunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

    private static readonly string s_empty = Hex(SHA256.HashData([]));

    public string Time { get; } = at.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    public string Scope => $"{Time[..8]}/{region}/s3/aws4_request";

    /// <summary>The names and values of a presigned query, the signature last.</summary>
    public List<(string Name, string Value)> Query(
        string method,
        string path,
        SortedDictionary<string, string> headers,
        int seconds = 600,
        IEnumerable<(string Name, string Value)>? more = null
    )
    {
        List<(string Name, string Value)> query =
        [
            .. more ?? [],
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", $"{key.AccessKey}/{Scope}"),
            ("X-Amz-Date", Time),
            ("X-Amz-Expires", seconds.ToString(CultureInfo.InvariantCulture)),
            ("X-Amz-SignedHeaders", string.Join(';', headers.Keys)),
        ];
        query.Add(("X-Amz-Signature", Sign(method, path, query, headers, Unsigned)));
        return query;
    }

    /// <summary>The Authorization header.</summary>
    public string Header(
        string method,
        string path,
        SortedDictionary<string, string> headers,
        string payload,
        out string signature
    )
    {
        signature = Sign(method, path, [], headers, payload);
        return $"AWS4-HMAC-SHA256 Credential={key.AccessKey}/{Scope}, SignedHeaders={string.Join(';', headers.Keys)}, Signature={signature}";
    }

    /// <summary>A body in signed chunks.</summary>
    public byte[] Body(string seed, IEnumerable<byte[]> chunks)
    {
        using var body = new MemoryStream();
        var last = seed;
        foreach (var chunk in chunks.Append([]))
        {
            last = Mac($"AWS4-HMAC-SHA256-PAYLOAD\n{Time}\n{Scope}\n{last}\n{s_empty}\n{Hex(SHA256.HashData(chunk))}");
            body.Write(Utf8($"{chunk.Length:x};chunk-signature={last}\r\n"));
            body.Write(chunk);
            body.Write("\r\n"u8);
        }
        return body.ToArray();
    }

    public static string Encode(string text) => Uri.EscapeDataString(text);

    public static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private string Sign(
        string method,
        string path,
        List<(string Name, string Value)> query,
        SortedDictionary<string, string> headers,
        string payload
    )
    {
        var text = string.Join(
            '&',
            query
                .Select(p => (Name: Encode(p.Name), Value: Encode(p.Value)))
                .OrderBy(p => p.Name, StringComparer.Ordinal)
                .Select(p => $"{p.Name}={p.Value}")
        );
        var lines = string.Concat(headers.Select(h => $"{h.Key}:{h.Value}\n"));
        var canonical = $"{method}\n{path}\n{text}\n{lines}\n{string.Join(';', headers.Keys)}\n{payload}";
        return Mac($"AWS4-HMAC-SHA256\n{Time}\n{Scope}\n{Hex(SHA256.HashData(Utf8(canonical)))}");
    }

    private string Mac(string text)
    {
        var signing = Utf8("AWS4" + key.Secret);
        foreach (var part in Scope.Split('/'))
        {
            signing = HMACSHA256.HashData(signing, Utf8(part));
        }
        return Hex(HMACSHA256.HashData(signing, Utf8(text)));
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
