using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace HCChat.Tests.Storage;

/// <summary>What HCChat needs of any S3 server, asked of the built-in one by the official SDK and by plain HTTP.</summary>
public sealed class StoreContractTests : IAsyncLifetime
{
    private const string Bucket = RunningStore.Bucket;
    private RunningStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RunningStore.StartAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(RequestChecksumCalculation.WHEN_REQUIRED, true)]
    [InlineData(RequestChecksumCalculation.WHEN_REQUIRED, false)]
    [InlineData(RequestChecksumCalculation.WHEN_SUPPORTED, true)]
    [InlineData(RequestChecksumCalculation.WHEN_SUPPORTED, false)]
    public async Task What_was_put_comes_back_whole_and_in_parts_and_is_gone_when_deleted(
        RequestChecksumCalculation checksums,
        bool chunked
    )
    {
        using var s3 = _store.Sdk(checksums);
        foreach (var size in new[] { 0, 1, 65_536, 300_001 })
        {
            var (key, data) = ($"o/{size}/海 边+&%.bin", RandomNumberGenerator.GetBytes(size));
            var put = await s3.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = Bucket,
                    Key = key,
                    InputStream = new MemoryStream(data),
                    ContentType = "image/png",
                    UseChunkEncoding = chunked,
                }
            );
            Assert.Equal($"\"{Md5(data)}\"", put.ETag);
            using var got = await s3.GetObjectAsync(Bucket, key);
            Assert.Equal(data, await BytesAsync(got.ResponseStream));
            Assert.Equal("image/png", got.Headers.ContentType);
            Assert.Equal(size, (await s3.GetObjectMetadataAsync(Bucket, key)).ContentLength);
            await s3.DeleteObjectAsync(Bucket, key);
            await Assert.ThrowsAsync<NoSuchKeyException>(() => s3.GetObjectAsync(Bucket, key));
        }
        Assert.Equal(0, _store.Files);
    }

    [Theory]
    [InlineData("bytes=0-0", "0-0")]
    [InlineData("bytes=100-299", "100-299")]
    [InlineData("bytes=990-", "990-999")]
    [InlineData("bytes=-10", "990-999")]
    [InlineData("bytes=900-5000", "900-999")]
    public async Task A_range_gives_that_part(string asked, string given)
    {
        var data = await PutAsync("o/range", 1_000);
        var (start, end) = (int.Parse(given.Split('-')[0], null), int.Parse(given.Split('-')[1], null));
        using var response = await GetAsync("o/range", asked);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal($"bytes {given}/1000", response.Content.Headers.ContentRange!.ToString());
        Assert.Equal(data[start..(end + 1)], await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("bytes=1000-")]
    [InlineData("bytes=5000-6000")]
    [InlineData("bytes=-0")]
    public async Task A_range_outside_is_refused(string asked)
    {
        await PutAsync("o/range", 1_000);
        using var response = await GetAsync("o/range", asked);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal("bytes */1000", response.Content.Headers.ContentRange!.ToString());
        Assert.Contains("InvalidRange", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_become_one_object_which_is_not_seen_before()
    {
        using var s3 = _store.Sdk();
        var (key, part) = ("o/parts", RandomNumberGenerator.GetBytes(5 << 20));
        var last = RandomNumberGenerator.GetBytes(1_234);
        var upload = (await s3.InitiateMultipartUploadAsync(Bucket, key)).UploadId;
        var etags = new List<PartETag>();
        foreach (var (n, data) in new[] { (1, part), (2, last), (7, part), (9, last) })
        {
            var put = await s3.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = Bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = n,
                    InputStream = new MemoryStream(data),
                }
            );
            etags.Add(new PartETag(n, put.ETag));
        }
        await Assert.ThrowsAsync<NoSuchKeyException>(() => s3.GetObjectAsync(Bucket, key));
        var listed = await s3.ListPartsAsync(Bucket, key, upload);
        Assert.Equal([1, 2, 7, 9], listed.Parts.Select(p => p.PartNumber!.Value));
        Assert.Equal(upload, Assert.Single((await s3.ListMultipartUploadsAsync(Bucket)).MultipartUploads).UploadId);

        var refused = await Assert.ThrowsAsync<AmazonS3Exception>(() =>
            CompleteAsync(s3, key, upload, [.. etags[..2], etags[3]])
        );
        Assert.Equal("EntityTooSmall", refused.ErrorCode);
        var out0 = await Assert.ThrowsAsync<AmazonS3Exception>(() =>
            CompleteAsync(s3, key, upload, [etags[0], new PartETag(7, etags[1].ETag)])
        );
        Assert.Equal("InvalidPart", out0.ErrorCode);

        var made = await CompleteAsync(s3, key, upload, [etags[0], etags[2], etags[3]]);
        Assert.EndsWith("-3\"", made.ETag, StringComparison.Ordinal);
        using var got = await s3.GetObjectAsync(Bucket, key);
        byte[] whole = [.. part, .. part, .. last];
        Assert.Equal(whole, await BytesAsync(got.ResponseStream));
        using var middle = await GetAsync(key, $"bytes={part.Length - 5}-{part.Length + 4}");
        Assert.Equal(whole[(part.Length - 5)..(part.Length + 5)], await middle.Content.ReadAsByteArrayAsync());
        Assert.Equal(3, _store.Files);
        Assert.Empty((await s3.ListMultipartUploadsAsync(Bucket)).MultipartUploads ?? []);
        await s3.DeleteObjectAsync(Bucket, key);
        Assert.Equal(0, _store.Files);
    }

    [Fact]
    public async Task A_part_that_comes_again_replaces_itself_and_an_aborted_upload_leaves_nothing()
    {
        using var s3 = _store.Sdk();
        var upload = (await s3.InitiateMultipartUploadAsync(Bucket, "o/again")).UploadId;
        for (var i = 0; i < 3; i++)
        {
            await s3.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = Bucket,
                    Key = "o/again",
                    UploadId = upload,
                    PartNumber = 1,
                    InputStream = new MemoryStream([(byte)i]),
                }
            );
        }
        Assert.Equal(1, _store.Files);
        await s3.AbortMultipartUploadAsync(Bucket, "o/again", upload);
        Assert.Equal(0, _store.Files);
        var gone = await Assert.ThrowsAsync<AmazonS3Exception>(() => s3.ListPartsAsync(Bucket, "o/again", upload));
        Assert.Equal("NoSuchUpload", gone.ErrorCode);
    }

    [Fact]
    public async Task Keys_are_listed_in_order_page_by_page_and_by_folder()
    {
        using var s3 = _store.Sdk();
        string[] keys = ["a/1", "a/2", "a/😀", "b", "c/1/x", "c/1/y", "c/2", "中/文"];
        foreach (var key in keys)
        {
            await PutAsync(key, 1);
        }
        var listed = new List<string>();
        string? token = null;
        do
        {
            var page = await s3.ListObjectsV2Async(
                new ListObjectsV2Request
                {
                    BucketName = Bucket,
                    MaxKeys = 3,
                    ContinuationToken = token,
                }
            );
            listed.AddRange((page.S3Objects ?? []).Select(o => o.Key));
            token = page.NextContinuationToken;
        } while (token is not null);
        Assert.Equal(keys, listed);

        var folders = new List<string>();
        do
        {
            var page = await s3.ListObjectsV2Async(
                new ListObjectsV2Request
                {
                    BucketName = Bucket,
                    Delimiter = "/",
                    MaxKeys = 1,
                    ContinuationToken = token,
                }
            );
            folders.AddRange(page.CommonPrefixes ?? []);
            folders.AddRange((page.S3Objects ?? []).Select(o => o.Key));
            token = page.NextContinuationToken;
        } while (token is not null);
        Assert.Equal(["a/", "b", "c/", "中/"], folders);

        var inside = await s3.ListObjectsV2Async(
            new ListObjectsV2Request
            {
                BucketName = Bucket,
                Prefix = "c/",
                Delimiter = "/",
            }
        );
        Assert.Equal(["c/1/"], inside.CommonPrefixes);
        Assert.Equal(["c/2"], inside.S3Objects.Select(o => o.Key));

        var deleted = await s3.DeleteObjectsAsync(
            new DeleteObjectsRequest
            {
                BucketName = Bucket,
                Objects = [.. keys.Select(k => new KeyVersion { Key = k })],
            }
        );
        Assert.Equal(keys.Length, deleted.DeletedObjects.Count);
        Assert.Equal(0, _store.Files);
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(10)]
    public async Task What_is_nested_deeper_than_any_request_is_refused_at_once(int depth)
    {
        var body = Encoding.ASCII.GetBytes(
            "<Delete>"
                + string.Concat(Enumerable.Repeat("<a>", depth))
                + string.Concat(Enumerable.Repeat("</a>", depth))
                + "</Delete>"
        );
        var signer = new Signer(RunningStore.Key, _store.Time.GetUtcNow());
        var query = signer.Query(
            "POST",
            $"/{Bucket}/",
            new() { ["host"] = _store.Url.Authority },
            more: [("delete", "")]
        );
        var address = $"/{Bucket}/?{string.Join('&', query.Select(p => $"{p.Name}={Signer.Encode(p.Value)}"))}";
        using var response = await _store.Http.PostAsync(
            new Uri(address, UriKind.Relative),
            new ByteArrayContent(body)
        );
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("MalformedXML", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_presigned_put_takes_what_was_signed_and_nothing_else()
    {
        var data = RandomNumberGenerator.GetBytes(1_000);
        var sha = Convert.ToBase64String(SHA256.HashData(data));
        var url = _store.Presign(
            "PUT",
            "o/signed",
            headers: new() { ["content-length"] = "1000", ["x-amz-checksum-sha256"] = sha }
        );
        Assert.Equal("SignatureDoesNotMatch", await RefusedAsync(url, data[..999], sha));
        Assert.Equal("AccessDenied", await RefusedAsync(_store.Presign("PUT", "o/signed"), data, sha));
        Assert.Equal("BadDigest", await RefusedAsync(url, RandomNumberGenerator.GetBytes(1_000), sha));
        Assert.Equal("SignatureDoesNotMatch", await RefusedAsync(url, data, null));
        Assert.Equal(0, _store.Files);
        using var taken = await SendAsync(url, data, sha);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(sha, taken.Headers.GetValues("x-amz-checksum-sha256").Single());
    }

    [Fact]
    public async Task What_is_given_out_cannot_be_run_by_a_browser()
    {
        using var s3 = _store.Sdk();
        foreach (var type in new[] { "text/html", "image/svg+xml", "text/javascript", "application/xhtml+xml" })
        {
            await s3.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = Bucket,
                    Key = "o/page",
                    ContentBody = "<script>alert(1)</script>",
                    ContentType = type,
                }
            );
            using var got = await GetAsync("o/page");
            Assert.Equal("application/octet-stream", got.Content.Headers.ContentType!.ToString());
            Assert.Equal("attachment", got.Content.Headers.ContentDisposition!.ToString());
            Assert.Contains(
                "sandbox",
                got.Headers.GetValues("Content-Security-Policy").Single(),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task After_a_restart_everything_is_there_and_leftovers_are_not()
    {
        var data = await PutAsync("o/kept", 70_000);
        var folder = await _store.StopAsync();
        var leftover = Path.Combine(folder, "files", "ab", "ab00000000000000000000000000cafe.part");
        Directory.CreateDirectory(Path.GetDirectoryName(leftover)!);
        await File.WriteAllTextAsync(leftover, "half");
        _store = await RunningStore.StartAsync(folder);
        Assert.False(File.Exists(leftover));
        using var got = await GetAsync("o/kept");
        Assert.Equal(data, await got.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task An_upload_that_breaks_off_is_never_seen_and_leaves_nothing()
    {
        var url = _store.Presign("PUT", "o/torn");
        using (var socket = new System.Net.Sockets.TcpClient())
        {
            await socket.ConnectAsync(_store.Url.Host, _store.Url.Port);
            var head = $"PUT {url} HTTP/1.1\r\nHost: {_store.Url.Authority}\r\nContent-Length: 100000\r\n\r\n";
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + new string('x', 50_000)));
            await UntilAsync(() => _store.Files == 1);
        }
        await UntilAsync(() => _store.Files == 0);
        using var got = await GetAsync("o/torn");
        Assert.Equal(HttpStatusCode.NotFound, got.StatusCode);
    }

    private static async Task UntilAsync(Func<bool> state)
    {
        for (var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60); !state(); )
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static Task<CompleteMultipartUploadResponse> CompleteAsync(
        AmazonS3Client s3,
        string key,
        string upload,
        List<PartETag> parts
    ) =>
        s3.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest
            {
                BucketName = Bucket,
                Key = key,
                UploadId = upload,
                PartETags = parts,
            }
        );

    private async Task<byte[]> PutAsync(string key, int size)
    {
        var data = RandomNumberGenerator.GetBytes(size);
        using var response = await SendAsync(_store.Presign("PUT", key), data, null);
        response.EnsureSuccessStatusCode();
        return data;
    }

    private async Task<HttpResponseMessage> SendAsync(string url, byte[] data, string? sha)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new ByteArrayContent(data) };
        if (sha is not null)
        {
            request.Headers.Add("x-amz-checksum-sha256", sha);
        }
        return await _store.Http.SendAsync(request);
    }

    private async Task<string> RefusedAsync(string url, byte[] data, string? sha)
    {
        using var response = await SendAsync(url, data, sha);
        var text = await response.Content.ReadAsStringAsync();
        return text.Split("<Code>")[1].Split("</Code>")[0];
    }

    private async Task<HttpResponseMessage> GetAsync(string key, string? range = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _store.Presign("GET", key));
        if (range is not null)
        {
            request.Headers.Range = RangeHeaderValue.Parse(range);
        }
        return await _store.Http.SendAsync(request);
    }

    private static async Task<byte[]> BytesAsync(Stream stream)
    {
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

#pragma warning disable CA5351 // S3's ETag
    private static string Md5(byte[] data) => Convert.ToHexStringLower(MD5.HashData(data));
#pragma warning restore CA5351
}
