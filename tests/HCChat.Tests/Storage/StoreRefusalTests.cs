using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace HCChat.Tests.Storage;

/// <summary>What a client asks for and would not get is refused and not passed over; what can be stored can be listed.</summary>
public sealed class StoreRefusalTests : IAsyncLifetime
{
    private const string Bucket = RunningStore.Bucket;
    private RunningStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RunningStore.StartAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Parts_become_no_object_where_one_is_and_must_not_be()
    {
        using var s3 = _store.Sdk();
        await PutAsync(s3, "o/one", "first");
        var upload = (await s3.InitiateMultipartUploadAsync(Bucket, "o/one")).UploadId;
        var part = await s3.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = Bucket,
                Key = "o/one",
                UploadId = upload,
                PartNumber = 1,
                InputStream = new MemoryStream("second"u8.ToArray()),
            }
        );
        var complete = new CompleteMultipartUploadRequest
        {
            BucketName = Bucket,
            Key = "o/one",
            UploadId = upload,
            IfNoneMatch = "*",
            PartETags = [new PartETag(1, part.ETag)],
        };
        var refused = await Assert.ThrowsAsync<AmazonS3Exception>(() => s3.CompleteMultipartUploadAsync(complete));
        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
        Assert.Equal("first", await TextAsync(s3, "o/one"));

        await s3.DeleteObjectAsync(Bucket, "o/one");
        await s3.CompleteMultipartUploadAsync(complete);
        Assert.Equal("second", await TextAsync(s3, "o/one"));
    }

    [Theory]
    [InlineData("PUT", "If-None-Match", "\"another\"")]
    [InlineData("PUT", "If-Match", "\"another\"")]
    [InlineData("DELETE", "If-Match", "\"another\"")]
    [InlineData("DELETE", "If-None-Match", "*")]
    [InlineData("DELETE", "x-amz-if-match-size", "7")]
    [InlineData("PUT", "x-amz-server-side-encryption", "AES256")]
    [InlineData("PUT", "x-amz-server-side-encryption-customer-algorithm", "AES256")]
    [InlineData("GET", "x-amz-server-side-encryption-customer-algorithm", "AES256")]
    public async Task A_condition_and_an_encryption_that_are_not_built_are_refused(
        string method,
        string name,
        string value
    )
    {
        using var s3 = _store.Sdk();
        await PutAsync(s3, "o/one", "first");
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal) { [name.ToLowerInvariant()] = value };
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            new Uri(_store.Url, _store.Presign(method, "o/one", signed))
        );
        request.Headers.TryAddWithoutValidation(name, value);
        if (method == "PUT")
        {
            request.Content = new StringContent("second");
            request.Content.Headers.ContentType = null;
        }
        using var answer = await _store.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
        Assert.Equal("first", await TextAsync(s3, "o/one"));
    }

    [Theory]
    [InlineData("version", null)]
    [InlineData(null, "\"another\"")]
    public async Task Of_many_none_is_removed_by_what_is_not_built(string? version, string? etag)
    {
        using var s3 = _store.Sdk();
        await PutAsync(s3, "o/one", "first");
        var refused = await Assert.ThrowsAsync<AmazonS3Exception>(() =>
            s3.DeleteObjectsAsync(
                new DeleteObjectsRequest
                {
                    BucketName = Bucket,
                    Objects =
                    [
                        new KeyVersion
                        {
                            Key = "o/one",
                            VersionId = version,
                            ETag = etag,
                        },
                    ],
                }
            )
        );
        Assert.Equal("NotImplemented", refused.ErrorCode);
        Assert.Equal("first", await TextAsync(s3, "o/one"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task A_list_by_folder_ends_whatever_stands_in_the_keys(int page)
    {
        using var s3 = _store.Sdk();
        foreach (var key in new[] { "f/\U0010FFFF1", "f/\U0010FFFF2", "f/a", "g", "\U0010FFFF/1" })
        {
            await PutAsync(s3, key, "x");
        }
        var (listed, asked) = (new List<string>(), new ListObjectsV2Request());
        (asked.BucketName, asked.Delimiter, asked.MaxKeys) = (Bucket, "/", page);
        for (var pages = 0; ; pages++)
        {
            Assert.True(pages < 10, "the list has no end");
            var got = await s3.ListObjectsV2Async(asked);
            listed.AddRange((got.CommonPrefixes ?? []).Concat((got.S3Objects ?? []).Select(o => o.Key)));
            if ((asked.ContinuationToken = got.NextContinuationToken) is null)
            {
                break;
            }
        }
        Assert.Equal(["f/", "g", "\U0010FFFF/"], listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_key_that_no_list_could_name_is_refused_and_so_is_a_list_that_cannot_be_given()
    {
        using var s3 = _store.Sdk();
        foreach (var key in new[] { "o/\uFFFE", "o/\uFFFF" })
        {
            var refused = await Assert.ThrowsAsync<AmazonS3Exception>(() => PutAsync(s3, key, "x"));
            Assert.Equal("InvalidArgument", refused.ErrorCode);
            refused = await Assert.ThrowsAsync<AmazonS3Exception>(() => s3.InitiateMultipartUploadAsync(Bucket, key));
            Assert.Equal("InvalidArgument", refused.ErrorCode);
        }
        var unsaid = await Assert.ThrowsAsync<AmazonS3Exception>(() =>
            s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, Prefix = "\u0001" })
        );
        Assert.Equal("InvalidArgument", unsaid.ErrorCode);
    }

    private static Task<PutObjectResponse> PutAsync(AmazonS3Client s3, string key, string text) =>
        s3.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = Bucket,
                Key = key,
                ContentBody = text,
            }
        );

    private static async Task<string> TextAsync(AmazonS3Client s3, string key)
    {
        using var got = await s3.GetObjectAsync(Bucket, key);
        using var reader = new StreamReader(got.ResponseStream);
        return await reader.ReadToEndAsync();
    }
}
