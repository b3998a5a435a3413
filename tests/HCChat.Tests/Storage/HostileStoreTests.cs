using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.Tests.Storage;

/// <summary>
/// More than 15,000 requests that were signed and then changed, in every element that was signed and in what was not; over raw sockets, because an HTTP client would tidy them up. None is carried
/// out. (reliability.md F7; the peers' holes CVE-2026-40344, CVE-2026-41145.)
/// </summary>
public sealed class HostileStoreTests : IAsyncLifetime
{
    private const string Key = "o/room/object.bin";
    private const string Path = "/" + RunningStore.Bucket + "/" + Key;
    private static readonly string[] s_methods = ["GET", "PUT", "HEAD", "DELETE", "POST"];

    private static readonly byte[] s_data = [.. Enumerable.Range(0, 1_000).Select(i => (byte)i)];

    private RunningStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RunningStore.StartAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    /// <summary>A request as it goes over the wire.</summary>
    private sealed record Request(
        string Method,
        string Path,
        List<(string Name, string Value)> Query,
        List<(string Name, string Value)> Headers,
        byte[] Body
    );

    [Fact]
    public async Task A_presigned_address_is_good_for_nothing_but_what_was_signed()
    {
        var put = PresignedPut();
        Assert.Equal(200, await SendAsync(put));
        _store.Store.Delete(Key);
        var tried = await RefuseAllAsync(put);
        Assert.InRange(tried, 4_000, int.MaxValue);
    }

    [Fact]
    public async Task A_presigned_download_is_good_for_that_object_alone()
    {
        Assert.Equal(200, await SendAsync(PresignedPut()));
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = _store.Url.Authority };
        var get = new Request(
            "GET",
            Path,
            Signer().Query("GET", Path, headers, more: [("response-content-disposition", "attachment")]),
            [],
            []
        );
        Assert.Equal(200, await SendAsync(get));
        Assert.InRange(await RefuseAllAsync(get, files: 1), 2_500, int.MaxValue);
    }

    [Fact]
    public async Task A_presigned_part_is_good_for_that_part_alone()
    {
        using var s3 = _store.Sdk();
        var upload = (await s3.InitiateMultipartUploadAsync(RunningStore.Bucket, Key)).UploadId;
        var put = PresignedPut(more: [("partNumber", "1"), ("uploadId", upload)]);
        Assert.Equal(200, await SendAsync(put));
        async Task<(int?, string, long?)> OnlyPartAsync()
        {
            var parts = await s3.ListPartsAsync(RunningStore.Bucket, Key, upload);
            var part = Assert.Single(parts.Parts);
            return (part.PartNumber, part.ETag, part.Size);
        }
        var before = await OnlyPartAsync();
        Assert.InRange(await RefuseAllAsync(put, files: 1), 4_500, int.MaxValue);
        Assert.Equal(before, await OnlyPartAsync());
    }

    [Fact]
    public async Task A_signed_header_is_good_for_nothing_but_what_was_signed()
    {
        var put = SignedPut(Convert.ToHexStringLower(SHA256.HashData(s_data)), s_data);
        Assert.Equal(200, await SendAsync(put));
        _store.Store.Delete(Key);
        Assert.InRange(await RefuseAllAsync(put), 4_000, int.MaxValue);
        Assert.Equal(400, await SendAsync(put with { Body = Flip(s_data, 500) }));
        Assert.Equal(0, _store.Files);
    }

    [Fact]
    public async Task Signed_chunks_are_taken_as_they_were_signed_and_in_their_order()
    {
        byte[][] chunks = [s_data[..400], s_data[400..800], s_data[800..]];
        var put = SignedPut(Storage.Signer.Chunks, s_data, out var seed);
        var body = Signer().Body(seed, chunks);
        Assert.Equal(200, await SendAsync(put with { Body = body }));
        _store.Store.Delete(Key);

        // Every byte of the framing and the data, one at a time.
        for (var i = 0; i < body.Length; i++)
        {
            var status = await SendAsync(put with { Body = Flip(body, i) });
            Assert.True(status is >= 400 and < 500, $"{status} with byte {i} of {body.Length} changed");
        }
        var second = body.AsSpan().IndexOf("\r\n190;"u8) + 2;
        var third = body.AsSpan().IndexOf("\r\nc8;"u8) + 2;
        foreach (
            var games in new[]
            {
                [.. body[second..third], .. body[..second], .. body[third..]],
                [.. body[..second], .. body[..second], .. body[third..]],
                Signer().Body(seed, chunks[..2]),
                Signer().Body(seed, [.. chunks, chunks[0]]),
                Signer().Body(new string('0', 64), chunks),
                [.. body, .. body],
                [.. body, 0],
                body[..^90],
                [.. Encoding.ASCII.GetBytes("3e8\r\n"), .. s_data, .. "\r\n0\r\n\r\n"u8],
                [.. Encoding.ASCII.GetBytes("ffffffffffff;chunk-signature=" + seed + "\r\n"), .. s_data],
            }
        )
        {
            Assert.InRange(await SendAsync(put with { Body = games }), 400, 499);
        }
        Assert.Equal(0, _store.Files);
    }

    [Theory]
    [InlineData("/../../etc/passwd")]
    [InlineData("/hc-attachments/../../../etc/passwd")]
    [InlineData("/hc-attachments/..%2f..%2fetc%2fpasswd")]
    [InlineData("/hc-attachments/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/hc-attachments/o/..%5c..%5cx")]
    [InlineData("/hc-attachments/o/%00.bin")]
    [InlineData("/hc-attachments/o/a%0d%0ab")]
    [InlineData("/hc-attachments/o/%ff%fe")]
    [InlineData("/hc-attachments/o/%zz")]
    [InlineData("/other-bucket/o/x")]
    public async Task An_address_that_leads_elsewhere_is_refused_even_when_it_is_signed(string path)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = _store.Url.Authority };
        // Both ways in which it could have been signed: as it stands, and as the server would encode what it decodes to.
        foreach (var signed in new[] { path, path.Replace("%2f", "/", StringComparison.Ordinal) })
        {
            var put = new Request("PUT", path, Signer().Query("PUT", signed, headers), [], s_data);
            Assert.InRange(await SendAsync(put), 400, 499);
        }
        Assert.Equal(0, _store.Files);
    }

    [Theory]
    [InlineData(-20, false)]
    [InlineData(-11, false)]
    [InlineData(-9, true)]
    [InlineData(14, true)]
    [InlineData(20, false)]
    public async Task A_presigned_address_is_good_in_its_time(int minutes, bool good)
    {
        var put = PresignedPut(_store.Time.GetUtcNow().AddMinutes(minutes));
        Assert.Equal(good, await SendAsync(put) == 200);
    }

    [Theory]
    [InlineData(-20, false)]
    [InlineData(-14, true)]
    [InlineData(14, true)]
    [InlineData(20, false)]
    public async Task A_signed_header_is_good_in_its_time(int minutes, bool good)
    {
        var put = SignedPut(
            Convert.ToHexStringLower(SHA256.HashData(s_data)),
            s_data,
            out _,
            _store.Time.GetUtcNow().AddMinutes(minutes)
        );
        Assert.Equal(good, await SendAsync(put) == 200);
    }

    [Theory]
    [InlineData("GET /hc-attachments/o/x HTTP/1.1\r\nHost: {0}\r\n")]
    [InlineData("PUT /hc-attachments/o/x HTTP/1.1\r\nHost: {0}\r\nContent-Length: 0\r\n")]
    [InlineData("GET /hc-attachments/?list-type=2 HTTP/1.1\r\nHost: {0}\r\n")]
    [InlineData(
        "GET /hc-attachments/o/x?AWSAccessKeyId=hcchat&Signature=x&Expires=9999999999 HTTP/1.1\r\nHost: {0}\r\n"
    )]
    [InlineData("GET /hc-attachments/o/x HTTP/1.1\r\nHost: {0}\r\nAuthorization: AWS hcchat:x\r\n")]
    [InlineData("GET /hc-attachments/o/x HTTP/1.1\r\nHost: {0}\r\nAuthorization: Bearer x\r\n")]
    [InlineData("GET /hc-attachments/o/x HTTP/1.1\r\nHost: {0}\r\nAuthorization: AWS4-HMAC-SHA256 \r\n")]
    [InlineData(
        "GET /hc-attachments/o/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Algorithm=none HTTP/1.1\r\nHost: {0}\r\n"
    )]
    public async Task Without_a_signature_of_this_kind_nothing_is_done(string head) =>
        Assert.InRange(
            await ExchangeAsync(
                Encoding.ASCII.GetBytes(
                    head.Replace("{0}", _store.Url.Authority, StringComparison.Ordinal) + "Connection: close\r\n\r\n"
                )
            ),
            400,
            499
        );

    // Changes everything that can be changed, one at a time; gives how many requests that were.
    private async Task<int> RefuseAllAsync(Request signed, int files = 0)
    {
        var tried = 0;
        foreach (var changed in Changes(signed))
        {
            var status = await SendAsync(changed);
            Assert.True(
                status is >= 400 and < 500,
                $"{status}: {changed.Method} {changed.Path} {string.Join(" ", changed.Query)} {string.Join(" ", changed.Headers)}"
            );
            tried++;
        }
        Assert.Equal(files, _store.Files);
        return tried;
    }

    private static IEnumerable<Request> Changes(Request signed)
    {
        foreach (var method in s_methods.Where(m => m != signed.Method))
        {
            yield return signed with
            {
                Method = method,
            };
        }
        foreach (
            var path in Altered(signed.Path).Where(p => p.StartsWith("/hc-attachments/", StringComparison.Ordinal))
        )
        {
            yield return signed with
            {
                Path = path,
            };
        }
        for (var i = 0; i < signed.Query.Count; i++)
        {
            yield return signed with
            {
                Query = [.. signed.Query[..i], .. signed.Query[(i + 1)..]],
            };
            yield return signed with
            {
                Query = [.. signed.Query, signed.Query[i]],
            };
            foreach (var value in Altered(signed.Query[i].Value))
            {
                yield return signed with
                {
                    Query = With(signed.Query, i, value),
                };
            }
        }
        foreach (
            var more in new[]
            {
                "acl",
                "uploads",
                "delete",
                "tagging",
                "versionId",
                "uploadId",
                "X-Amz-Acl",
                "x-amz-copy-source",
            }
        )
        {
            yield return signed with
            {
                Query = [.. signed.Query, (more, "")],
            };
            yield return signed with
            {
                Query = [.. signed.Query, (more, "public")],
            };
        }
        for (var i = 0; i < signed.Headers.Count; i++)
        {
            yield return signed with
            {
                Headers = [.. signed.Headers[..i], .. signed.Headers[(i + 1)..]],
            };
            // A length that is not the body's is the connection's own trouble.
            foreach (var value in signed.Headers[i].Name == "content-length" ? [] : Altered(signed.Headers[i].Value))
            {
                yield return signed with
                {
                    Headers = With(signed.Headers, i, value),
                };
            }
        }
        foreach (
            var more in new[]
            {
                "x-amz-acl",
                "x-amz-copy-source",
                "x-amz-meta-a",
                "X-AMZ-Storage-Class",
                "x-amz-checksum-crc32",
                "x-amz-decoded-content-length",
                "x-amz-security-token",
                "x-amz-server-side-encryption",
            }
        )
        {
            yield return signed with
            {
                Headers = [.. signed.Headers, (more, "public-read")],
            };
        }
    }

    // Each character made another, in a few ways, and some more or less of them.
    private static IEnumerable<string> Altered(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var c in "09aefgzAZ~/-_.".Append((char)(text[i] ^ 1)).Append((char)(text[i] ^ 0x20)))
            {
                if (c != text[i] && c is > ' ' and < (char)127 and not ('?' or '#' or '%'))
                {
                    yield return text[..i] + c + text[(i + 1)..];
                }
            }
            // What stands between the members of a header is nobody's.
            if (text[i] != ' ')
            {
                yield return text[..i] + text[(i + 1)..];
            }
        }
        yield return text + "0";
        yield return text + text;
    }

    private static List<(string Name, string Value)> With(List<(string Name, string Value)> all, int i, string value) =>
        [.. all[..i], (all[i].Name, value), .. all[(i + 1)..]];

    private Signer Signer(DateTimeOffset? at = null) => new(RunningStore.Key, at ?? _store.Time.GetUtcNow());

    private Request PresignedPut(DateTimeOffset? at = null, IEnumerable<(string Name, string Value)>? more = null)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["content-length"] = s_data.Length.ToString(CultureInfo.InvariantCulture),
            ["content-type"] = "application/octet-stream",
            ["host"] = _store.Url.Authority,
            ["x-amz-checksum-sha256"] = Convert.ToBase64String(SHA256.HashData(s_data)),
        };
        var query = Signer(at).Query("PUT", Path, headers, more: more);
        return new("PUT", Path, query, Headers(headers), s_data);
    }

    private Request SignedPut(string payload, byte[] data) => SignedPut(payload, data, out _);

    private Request SignedPut(string payload, byte[] data, out string signature, DateTimeOffset? at = null)
    {
        var signer = Signer(at);
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = _store.Url.Authority,
            ["x-amz-content-sha256"] = payload,
            ["x-amz-date"] = signer.Time,
        };
        if (payload == Storage.Signer.Chunks)
        {
            headers["x-amz-decoded-content-length"] = data.Length.ToString(CultureInfo.InvariantCulture);
        }
        var header = signer.Header("PUT", Path, headers, payload, out signature);
        return new("PUT", Path, [], [.. Headers(headers), ("authorization", header)], data);
    }

    private static List<(string Name, string Value)> Headers(SortedDictionary<string, string> headers) =>
        [.. headers.Where(h => h.Key is not ("host" or "content-length")).Select(h => (h.Key, h.Value))];

    private static byte[] Flip(byte[] data, int at)
    {
        var flipped = data.ToArray();
        flipped[at] ^= 1;
        return flipped;
    }

    private Task<int> SendAsync(Request request)
    {
        var query = string.Join('&', request.Query.Select(p => $"{p.Name}={Storage.Signer.Encode(p.Value)}"));
        var head = new StringBuilder();
        head.Append(
            CultureInfo.InvariantCulture,
            $"{request.Method} {request.Path}{(query.Length > 0 ? "?" : "")}{query} HTTP/1.1\r\n"
        );
        head.Append(CultureInfo.InvariantCulture, $"Host: {_store.Url.Authority}\r\nConnection: close\r\n");
        if (request.Body.Length > 0)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {request.Body.Length}\r\n");
        }
        foreach (var (name, value) in request.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }
        return ExchangeAsync([.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. request.Body]);
    }

    // The status of the answer.
    private async Task<int> ExchangeAsync(byte[] bytes)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_store.Url.Host, _store.Url.Port);
        var stream = socket.GetStream();
        var sending = SendBytesAsync(stream, bytes);
        using var answer = new StreamReader(stream, Encoding.Latin1);
        var line = await answer.ReadLineAsync();
        await sending;
        return int.Parse(line!.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    // Whoever is refused may be hung up on before all is sent.
    private static async Task SendBytesAsync(NetworkStream stream, byte[] bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
        }
        catch (IOException) { }
    }
}
