using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.Tests.Storage;

/// <summary>
/// Requests that are signed as they should be, and then framed so that whoever checks and whoever acts might see two different ones: headers twice, two lengths, other forms of the address, other
/// words for how the body comes. Over raw sockets. None is carried out, and nothing behind it is taken for a request of its own. (reliability.md F7.)
/// </summary>
public sealed class HostileFramingTests : IAsyncLifetime
{
    private const string Path = "/" + RunningStore.Bucket + "/o/room/object.bin";
    private const string UnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    private static readonly byte[] s_data = [.. Enumerable.Range(0, 1_000).Select(i => (byte)i)];
    private static readonly string s_hash = Convert.ToBase64String(SHA256.HashData(s_data));

    private RunningStore _store = null!;

    private string Host => _store.Url.Authority;

    public async ValueTask InitializeAsync() => _store = await RunningStore.StartAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_presigned_address_in_another_frame_puts_nothing()
    {
        var (query, length) = (Presigned(), $"Content-Length: {s_data.Length}");
        var hash = $"x-amz-checksum-sha256: {s_hash}";
        const string Type = "Content-Type: application/octet-stream";
        string[] good = [$"Host: {Host}", length, Type, hash];
        Assert.Equal([200], await StatusesAsync($"PUT {Path}?{query} HTTP/1.1", good));
        _store.Store.Delete("o/room/object.bin");

        string[] lines = ["HTTP/1.1", "HTTP/1.0"];
        var tried = 0;
        async Task RefusedAsync(string first, params string[] headers)
        {
            foreach (var version in lines)
            {
                var statuses = await StatusesAsync($"{first} {version}", headers);
                var wanted = $"{first} {version} | {string.Join(" | ", headers)}";
                AssertRefused(statuses, wanted);
                Assert.True(_store.Files == 0, wanted);
                tried++;
            }
        }
        var put = $"PUT {Path}?{query}";
        foreach (var one in good)
        {
            var name = one[..one.IndexOf(':', StringComparison.Ordinal)];
            await RefusedAsync(put, [.. good.Where(h => h != one)]); // not there
            await RefusedAsync(put, [.. good, one]); // twice
            await RefusedAsync(put, [.. good, $"{name.ToUpperInvariant()}: 1"]);
            await RefusedAsync(put, [$"{name.ToLowerInvariant()}: 1", .. good]);
            await RefusedAsync(put, [.. good.Where(h => h != one), one.Replace(": ", " : ", StringComparison.Ordinal)]);
            await RefusedAsync(
                put,
                [.. good.Where(h => h != one), one.Replace(": ", ":\r\n ", StringComparison.Ordinal)]
            );
        }
        foreach (
            var more in new[]
            {
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: identity, chunked",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding:\tchunked",
                "Content-Length: 0",
                "Content-Length: +1000",
                "Content-Length: 0x3e8",
                "Content-Length: 1000, 1000",
                "x-amz-content-sha256: " + Storage.Signer.Unsigned,
                "x-amz-content-sha256: " + UnsignedTrailer,
                "X-AMZ-CONTENT-SHA256: " + Storage.Signer.Hex(SHA256.HashData(s_data)),
                "x-amz-decoded-content-length: 10",
                "x-amz-trailer: x-amz-checksum-crc32",
                "x-amz-copy-source: /hc-attachments/o/x",
                "x-amz-acl: public-read",
                "x-amz-date: 20260101T000000Z",
                "Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==",
                "Authorization: AWS4-HMAC-SHA256 Credential=x",
                "Authorization: Basic aGNjaGF0Og==",
                $"Host: hc-attachments.{Host}",
                "If-Match: *",
            }
        )
        {
            await RefusedAsync(put, [.. good, more]);
        }
        foreach (
            var target in new[]
            {
                $"http://evil.example{Path}?{query}",
                $"http://{Host}{Path}?{query}",
                $"//{Host}{Path}?{query}",
                $"/.{Path}?{query}",
                $"/{Path}?{query}",
                $"{Path.ToUpperInvariant()}?{query}",
                $"{Path.Replace("/o/", "//o/", StringComparison.Ordinal)}?{query}",
                $"{Path}/?{query}",
                $"{Path}%20?{query}",
                $"{Path};a?{query}",
                $"{Path}%3f{query}",
                $"{Path}%3F?{query}",
                $"{Path}%2f?{query}",
                $"{Path.Replace("/o/", "/x/%2e%2e/o/", StringComparison.Ordinal)}?{query}",
                $"{Path.Replace("/o/", "/x/../o/", StringComparison.Ordinal)}?{query}",
                $"/o/room/object.bin?{query}", // as if the bucket stood in the host
                $"{Path}?{query}&{query}",
                $"{Path}?{query}#",
                $"{Path}?{query.Replace("X-Amz-", "x-amz-", StringComparison.Ordinal)}",
                $"{Path}?{query.Replace("X-Amz-Expires", "X-Amz-expires", StringComparison.Ordinal)}",
                $"{Path}?{query}&x-amz-expires=604800",
                $"{Path}?X-Amz-Expires=604800&{query}",
                $"{Path}?{query}&X-Amz%2DExpires=604800",
                $"{Path}?{query}&X-Amz-Content-Sha256={UnsignedTrailer}",
                $"{Path}?{query}&X-Amz-Security-Token=x",
                $"{Path}?{query}&uploadId=x&partNumber=1",
                $"{Path}?{query}&acl",
                $"{Path}?{query}&policy",
                $"{Path}?{query.Replace('&', ';')}",
            }
        )
        {
            await RefusedAsync($"PUT {target}", good);
        }
        foreach (var method in new[] { "put", "PATCH", "POST", "COPY", "TRACE", "CONNECT", "PU T", "" })
        {
            await RefusedAsync($"{method} {Path}?{query}", good);
        }
        Assert.InRange(tried, 150, int.MaxValue);
    }

    [Theory]
    [InlineData("acl")]
    [InlineData("policy")]
    [InlineData("cors")]
    [InlineData("versioning")]
    [InlineData("lifecycle")]
    [InlineData("tagging")]
    [InlineData("website")]
    [InlineData("torrent")]
    [InlineData("restore")]
    [InlineData("select")]
    public async Task What_is_not_built_is_refused_to_the_key_s_owner_too(string what)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = Host };
        foreach (var path in new[] { Path, "/" + RunningStore.Bucket + "/" })
        {
            foreach (var method in new[] { "GET", "PUT", "POST", "DELETE" })
            {
                var query = Join(Signer().Query(method, path, headers, more: [(what, "")]));
                var statuses = await StatusesAsync(
                    $"{method} {path}?{query} HTTP/1.1",
                    [$"Host: {Host}", $"Content-Length: {s_data.Length}"]
                );
                AssertRefused(statuses, $"{method} {path} {what}");
            }
        }
        Assert.Equal(0, _store.Files);
    }

    [Fact]
    public async Task A_form_that_a_browser_posts_is_refused()
    {
        var form =
            "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\no/x\r\n--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--\r\n"u8;
        var statuses = await StatusesAsync(
            $"POST /{RunningStore.Bucket}/ HTTP/1.1",
            [$"Host: {Host}", $"Content-Length: {form.Length}", "Content-Type: multipart/form-data; boundary=b"],
            form.ToArray()
        );
        AssertRefused(statuses, "a form");
        Assert.Equal(0, _store.Files);
    }

    [Theory]
    [InlineData("")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")] // of nothing
    [InlineData("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("unsigned-payload")]
    [InlineData("STREAMING-UNSIGNED-PAYLOAD")]
    [InlineData("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")]
    [InlineData("STREAMING-UNSIGNED-PAYLOAD-TRAILER")]
    public async Task A_word_for_the_body_that_is_not_its_is_refused(string payload)
    {
        Assert.Equal([200], await SignedAsync(Storage.Signer.Unsigned, s_data));
        _store.Store.Delete("o/room/object.bin");
        AssertRefused(await SignedAsync(payload, s_data), payload);
        Assert.Equal(0, _store.Files);
    }

    [Fact]
    public async Task A_checksum_that_follows_the_body_is_checked_and_is_the_one_that_was_announced()
    {
        const string Name = "x-amz-checksum-sha256";
        static byte[] Body(string size, byte[] data, string end) =>
            [.. Encoding.ASCII.GetBytes(size + "\r\n"), .. data, .. Encoding.ASCII.GetBytes("\r\n" + end)];
        Task<List<int>> SendAsync(byte[] body, string announced = Name) =>
            SignedAsync(UnsignedTrailer, body, announced);
        Assert.Equal([200], await SendAsync(Body("3e8", s_data, $"0\r\n{Name}:{s_hash}\r\n\r\n")));
        _store.Store.Delete("o/room/object.bin");
        var wrong = Convert.ToBase64String(SHA256.HashData([]));
        foreach (
            var body in new[]
            {
                Body("3e8", s_data, $"0\r\n{Name}:{wrong}\r\n\r\n"),
                Body("3e8", s_data, $"0\r\n{Name}:{s_hash}\r\n{Name}:{wrong}\r\n\r\n"),
                Body("3e8", s_data, $"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"),
                Body("3e8", s_data, $"0\r\n{Name}:{s_hash}\r\nx-amz-meta-a:b\r\n\r\n"),
                Body("3e8", s_data, "0\r\n\r\n"),
                Body("3e8", s_data, ""),
                Body("3e7", s_data[..999], $"0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("3e8", s_data, $"1\r\nx\r\n0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("3e9", [.. s_data, 1], $"0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("-3e8", s_data, $"0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("0x3e8", s_data, $"0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("3e8 ", s_data, $"0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("3e8;a=b", s_data, $"0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("7fffffffffffffff", s_data, $"0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("0", s_data, $"0\r\n{Name}:{s_hash}\r\n\r\n"),
                Body("3e8", s_data, $"0\r\n{Name}:{s_hash}\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
                Body("3e8", s_data, "0\r\n" + new string('a', 600) + ":b\r\n\r\n"),
            }
        )
        {
            AssertRefused(await SendAsync(body), Encoding.Latin1.GetString(body));
        }
        foreach (var announced in new[] { "x-amz-checksum-what", $"{Name},x-amz-checksum-crc32" })
        {
            AssertRefused(await SendAsync(Body("3e8", s_data, "0\r\n\r\n"), announced), announced);
        }
        Assert.Equal(0, _store.Files);
    }

    // Once, or by hanging up: whatever is taken for a second request would be answered, too.
    private static void AssertRefused(List<int> statuses, string what) =>
        Assert.True(
            statuses.Count <= 1 && statuses.TrueForAll(s => s is (>= 400 and < 500) or 501),
            $"{string.Join(',', statuses)}: {what}"
        );

    // Signed with the store's key in its header.
    private Task<List<int>> SignedAsync(string payload, byte[] body, string? trailer = null)
    {
        var signer = Signer();
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = Host,
            ["x-amz-content-sha256"] = payload,
            ["x-amz-date"] = signer.Time,
        };
        if (payload.StartsWith("STREAMING", StringComparison.Ordinal))
        {
            headers["x-amz-decoded-content-length"] = s_data.Length.ToString(CultureInfo.InvariantCulture);
        }
        if (trailer is not null)
        {
            headers["x-amz-trailer"] = trailer;
        }
        var authorization = signer.Header("PUT", Path, headers, payload, out _);
        return StatusesAsync(
            $"PUT {Path} HTTP/1.1",
            [
                .. headers.Select(h => $"{h.Key}: {h.Value}"),
                $"authorization: {authorization}",
                $"Content-Length: {body.Length}",
            ],
            body
        );
    }

    private Signer Signer() => new(RunningStore.Key, _store.Time.GetUtcNow());

    private string Presigned() =>
        Join(
            Signer()
                .Query(
                    "PUT",
                    Path,
                    new(StringComparer.Ordinal)
                    {
                        ["content-length"] = s_data.Length.ToString(CultureInfo.InvariantCulture),
                        ["content-type"] = "application/octet-stream",
                        ["host"] = Host,
                        ["x-amz-checksum-sha256"] = s_hash,
                    }
                )
        );

    private static string Join(List<(string Name, string Value)> query) =>
        string.Join('&', query.Select(p => $"{p.Name}={Storage.Signer.Encode(p.Value)}"));

    // The status of every answer, until the server hangs up: it is told to, and has nothing more to read.
    private async Task<List<int>> StatusesAsync(string first, IEnumerable<string> headers, byte[]? body = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_store.Url.Host, _store.Url.Port);
        var stream = socket.GetStream();
        var head = Encoding.ASCII.GetBytes($"{first}\r\n{string.Join("\r\n", headers)}\r\nConnection: close\r\n\r\n");
        var statuses = new List<int>();
        try
        {
            await stream.WriteAsync((byte[])[.. head, .. body ?? s_data]);
            using var answer = new StreamReader(stream, Encoding.Latin1);
            var text = await answer.ReadToEndAsync();
            statuses.AddRange(
                System
                    .Text.RegularExpressions.Regex.Matches(text, @"(?m)^HTTP/1\.[01] (\d{3})")
                    .Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))
            );
        }
        catch (IOException) { } // hung up before all was read: refused, too
        return statuses;
    }
}
