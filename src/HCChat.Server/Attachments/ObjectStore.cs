using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Xml;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using HCChat.Server.Hosting;
using HCChat.Storage;

namespace HCChat.Server.Attachments;

/// <summary>
/// The S3 server that objects lie in: the built-in one or any other, by the same calls. What fails because it does not answer throws <see cref="TimeoutException"/>.
/// </summary>
internal sealed class ObjectStore : IDisposable
{
    /// <summary>How long an upload may begin after its address was given out.</summary>
    public static readonly TimeSpan PutLifetime = TimeSpan.FromMinutes(10);

    /// <summary>How long a download may begin.</summary>
    public static readonly TimeSpan GetLifetime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longPatience = TimeSpan.FromMinutes(1); // for what is read, or put together, byte by byte
    private const int MaxEndpoints = 16;

    private readonly StorageOptions _options;
    private readonly StorageKey _key;
    private readonly Lazy<AmazonS3Client> _inner;
    private readonly ConcurrentDictionary<string, AmazonS3Client> _outer = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="options">Where it is.</param>
    /// <param name="key">What requests are signed with.</param>
    /// <param name="own">Where this server itself is reached from this machine, once it listens.</param>
    public ObjectStore(StorageOptions options, StorageKey key, Func<string> own)
    {
        (_options, _key) = (options, key);
        _inner = new(() => Client(options.Endpoint.Length > 0 ? options.Endpoint : own()));
    }

    /// <summary>The bucket.</summary>
    public string Bucket => _options.Bucket;

    /// <summary>Whether it is this program's own.</summary>
    public bool IsBuiltIn => _options.Endpoint.Length == 0;

    /// <summary>
    /// Makes sure of another S3 server that the bucket is there and pages may use it. Whoever has an address may do what it says from wherever they are,
    /// so that without named origins all are let in.
    /// </summary>
    /// <param name="origins">Origins of pages.</param>
    /// <exception cref="AmazonS3Exception">The key does not give the right to it.</exception>
    public async Task PrepareAsync(IReadOnlyCollection<string> origins)
    {
        if (IsBuiltIn)
        {
            return;
        }
        if (!await TryAsync(IsThereAsync))
        {
            await TryAsync((s3, ended) => s3.PutBucketAsync(Bucket, ended));
        }
        var (methods, headers, exposed) = AllowedOrigins.OfObjects;
        var rule = new CORSRule
        {
            AllowedOrigins = origins.Count > 0 ? [.. origins] : ["*"],
            AllowedMethods = [.. methods],
            AllowedHeaders = [.. headers],
            ExposeHeaders = [.. exposed],
            MaxAgeSeconds = 3_600,
        };
        var pages = new PutCORSConfigurationRequest
        {
            BucketName = Bucket,
            Configuration = new CORSConfiguration { Rules = [rule] },
        };
        await TryAsync((s3, ended) => s3.PutCORSConfigurationAsync(pages, ended));
    }

    /// <summary>An address to which one object of that size, and with that hash, can be put.</summary>
    /// <param name="reachedAt">Where whoever asks has reached this server, like <c>https://chat.example</c>.</param>
    /// <param name="attachment">What is to be put.</param>
    /// <param name="type">The media type that goes with it, or null.</param>
    public string PutAddress(string reachedAt, Attachment attachment, string? type)
    {
        var wanted = Wanted(reachedAt, attachment.ObjectKey, HttpVerb.PUT, PutLifetime);
        if (attachment.Bytes > 0)
        {
            wanted.Headers["content-length"] = attachment.Bytes.ToString(CultureInfo.InvariantCulture);
        }
        if (attachment.Sha256 is { } sha256)
        {
            wanted.Headers["x-amz-checksum-sha256"] = sha256;
        }
        if (type is not null)
        {
            wanted.ContentType = type;
        }
        return Sign(reachedAt, wanted);
    }

    /// <summary>An address to which one part can be put.</summary>
    /// <param name="number">From 1.</param>
    /// <inheritdoc cref="PutAddress"/>
    public string PartAddress(string reachedAt, Attachment attachment, int number)
    {
        var wanted = Wanted(reachedAt, attachment.ObjectKey, HttpVerb.PUT, PutLifetime);
        wanted.UploadId = attachment.Upload;
        wanted.PartNumber = number;
        wanted.Headers["content-length"] = attachment.SizeOf(number).ToString(CultureInfo.InvariantCulture);
        return Sign(reachedAt, wanted);
    }

    /// <summary>An address from which an object can be got.</summary>
    /// <inheritdoc cref="PutAddress"/>
    public string GetAddress(string reachedAt, string objectKey, TimeSpan lifetime) =>
        Sign(reachedAt, Wanted(reachedAt, objectKey, HttpVerb.GET, lifetime));

    /// <summary>Begins an upload in parts.</summary>
    public Task<string> BeginAsync(string objectKey) =>
        AskAsync(async (s3, ended) => (await s3.InitiateMultipartUploadAsync(Bucket, objectKey, ended)).UploadId);

    /// <summary>The parts that have arrived; null when the store knows nothing of the upload, or no more.</summary>
    public Task<List<PartDetail>?> PartsAsync(Attachment attachment) =>
        AskAsync(
            async (s3, ended) =>
            {
                try
                {
                    return await PartsAsync(s3, attachment, ended);
                }
                // Which code comes with it differs from store to store.
                catch (AmazonS3Exception e)
                    when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
                {
                    return (List<PartDetail>?)null;
                }
            }
        );

    private async Task<List<PartDetail>> PartsAsync(AmazonS3Client s3, Attachment attachment, CancellationToken ended)
    {
        var parts = new List<PartDetail>();
        for (int? after = 0; after is not null; )
        {
            var page = await s3.ListPartsAsync(
                new ListPartsRequest
                {
                    BucketName = Bucket,
                    Key = attachment.ObjectKey,
                    UploadId = attachment.Upload,
                    PartNumberMarker = after.Value.ToString(CultureInfo.InvariantCulture),
                },
                ended
            );
            parts.AddRange(page.Parts ?? []);
            after = page.IsTruncated == true ? page.NextPartNumberMarker : null;
        }
        return parts;
    }

    /// <summary>Makes the object of its parts, unless somebody else has, or they are not those any more: whether it is there is to be asked.</summary>
    public Task CompleteAsync(Attachment attachment, List<PartDetail> parts) =>
        AskAsync<object?>(
            async (s3, ended) =>
            {
                var wanted = new CompleteMultipartUploadRequest
                {
                    BucketName = Bucket,
                    Key = attachment.ObjectKey,
                    UploadId = attachment.Upload,
                    PartETags = [.. parts.Select(p => new PartETag(p.PartNumber!.Value, p.ETag))],
                };
                try
                {
                    await s3.CompleteMultipartUploadAsync(wanted, ended);
                }
                catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
                { }
                return null;
            },
            s_longPatience
        );

    /// <summary>The size of an object, or null when there is none.</summary>
    public Task<long?> SizeAsync(string objectKey) =>
        AskAsync<long?>(
            async (s3, ended) =>
            {
                try
                {
                    return (await s3.GetObjectMetadataAsync(Bucket, objectKey, ended)).ContentLength;
                }
                catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }
            }
        );

    /// <summary>
    /// Whether an object has the hash that was announced. The built-in store takes no other; of one that tells no hashes it is read, once.
    /// </summary>
    public async Task<bool> IsAnnouncedAsync(Attachment attachment)
    {
        if (IsBuiltIn || attachment.Sha256 is not { } announced)
        {
            return true;
        }
        var told = await AskAsync(
            async (s3, ended) =>
            {
                var wanted = new GetObjectMetadataRequest
                {
                    BucketName = Bucket,
                    Key = attachment.ObjectKey,
                    ChecksumMode = ChecksumMode.ENABLED,
                };
                return (await s3.GetObjectMetadataAsync(wanted, ended)).ChecksumSHA256;
            }
        );
        return announced == (string.IsNullOrEmpty(told) ? await HashAsync(attachment.ObjectKey) : told);
    }

    private Task<string> HashAsync(string objectKey) =>
        AskAsync(
            async (s3, ended) =>
            {
                using var got = await s3.GetObjectAsync(Bucket, objectKey, ended);
                return Convert.ToBase64String(await SHA256.HashDataAsync(got.ResponseStream, ended));
            },
            s_longPatience
        );

    /// <summary>Removes an object, and what has arrived of its upload.</summary>
    public async Task RemoveAsync(Attachment attachment)
    {
        if (attachment.Upload is { } upload)
        {
            await AbortAsync(attachment.ObjectKey, upload);
        }
        await AskAsync((s3, ended) => s3.DeleteObjectAsync(Bucket, attachment.ObjectKey, ended));
    }

    /// <summary>
    /// Ends the uploads in parts that were begun before some time. Of one nothing is written down when this program ended, or the database did not answer, just after the store had begun it.
    /// </summary>
    /// <returns>Why one could not be ended; null when all were.</returns>
    public async Task<TimeoutException?> EndUploadsAsync(DateTimeOffset before)
    {
        var wanted = new ListMultipartUploadsRequest { BucketName = Bucket, Prefix = Attachment.Folder };
        TimeoutException? refused = null;
        ListMultipartUploadsResponse page;
        do
        {
            page = await AskAsync((s3, ended) => s3.ListMultipartUploadsAsync(wanted, ended));
            foreach (var one in page.MultipartUploads ?? [])
            {
                if (one.Initiated?.ToUniversalTime() < before.UtcDateTime)
                {
                    try
                    {
                        await AbortAsync(one.Key, one.UploadId);
                    }
                    catch (TimeoutException e) when (IsRefusal(e))
                    {
                        refused = e; // the others first
                    }
                }
            }
            (wanted.KeyMarker, wanted.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        } while (page.IsTruncated == true);
        return refused;
    }

    /// <summary>Whether a store that answers does not do that one thing, and may well do the next.</summary>
    public static bool IsRefusal(TimeoutException e) =>
        e.InnerException is AmazonServiceException service && Answers(service);

    // 501: it knows nothing of what it is asked.
    private static bool Answers(AmazonServiceException e) => (int)e.StatusCode is (> 0 and < 500) or 501;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _outer.Values)
        {
            client.Dispose();
        }
        if (_inner.IsValueCreated)
        {
            _inner.Value.Dispose();
        }
    }

    private async Task AbortAsync(string objectKey, string upload)
    {
        try
        {
            await AskAsync((s3, ended) => s3.AbortMultipartUploadAsync(Bucket, objectKey, upload, ended));
        }
        catch (TimeoutException e)
            when (e.InnerException is AmazonServiceException { StatusCode: HttpStatusCode.NotFound }) { } // it was completed
    }

    private async Task<bool> IsThereAsync(AmazonS3Client s3, CancellationToken ended)
    {
        try
        {
            await s3.HeadBucketAsync(new HeadBucketRequest { BucketName = Bucket }, ended);
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    // A store that refuses what it has to take is out of order, until its operator has seen to it.
    private async Task<T> AskAsync<T>(Func<AmazonS3Client, CancellationToken, Task<T>> ask, TimeSpan? within = null)
    {
        try
        {
            return await TryAsync(ask, within);
        }
        catch (AmazonServiceException e)
        {
            throw new TimeoutException("the object store refuses", e);
        }
    }

    private async Task<T> TryAsync<T>(Func<AmazonS3Client, CancellationToken, Task<T>> ask, TimeSpan? within = null)
    {
        using var patience = new CancellationTokenSource(within ?? s_patience);
        try
        {
            return await ask(_inner.Value, patience.Token);
        }
        catch (Exception e)
            when (e
                    is HttpRequestException
                        or IOException
                        or OperationCanceledException
                        // What answers there is no S3 server, but say a proxy with a page of its own.
                        or XmlException
                        or FormatException
                        or AmazonUnmarshallingException
                || (e is AmazonServiceException service && !Answers(service))
            )
        {
            throw new TimeoutException("the object store does not answer", e);
        }
    }

    private GetPreSignedUrlRequest Wanted(string reachedAt, string objectKey, HttpVerb verb, TimeSpan lifetime) =>
        new()
        {
            BucketName = Bucket,
            Key = objectKey,
            Verb = verb,
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime + lifetime,
            Protocol = PublicEndpoint(reachedAt).StartsWith("https:", StringComparison.OrdinalIgnoreCase)
                ? Amazon.S3.Protocol.HTTPS
                : Amazon.S3.Protocol.HTTP,
        };

    private string Sign(string reachedAt, GetPreSignedUrlRequest wanted)
    {
        var endpoint = PublicEndpoint(reachedAt);
        // Whoever asks chooses the host that they say to have reached.
        if (_outer.Count > MaxEndpoints)
        {
            _outer.Clear();
        }
        return _outer.GetOrAdd(endpoint, Client).GetPreSignedURL(wanted);
    }

    private string PublicEndpoint(string reachedAt) =>
        _options.PublicEndpoint.Length > 0 ? _options.PublicEndpoint
        : _options.Endpoint.Length > 0 ? _options.Endpoint
        : reachedAt;

    private AmazonS3Client Client(string endpoint) =>
        new(
            new BasicAWSCredentials(_key.AccessKey, _key.Secret),
            new AmazonS3Config
            {
                ServiceURL = endpoint,
                ForcePathStyle = true,
                AuthenticationRegion = _options.Region,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
                MaxErrorRetry = 1,
                // The SDK would sign by the store's clock, whose answers name whole seconds: a week from ours were a second more than a week then, and signed as no store takes it.
                DisableClockSkewCorrection = true,
            }
        );
}
