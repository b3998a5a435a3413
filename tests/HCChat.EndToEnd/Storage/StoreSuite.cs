using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Amazon.S3;
using Amazon.S3.Model;
using HCChat.EndToEnd.Durability;
using HCChat.EndToEnd.Harness;
using HCChat.Server.Attachments;

namespace HCChat.EndToEnd.Storage;

/// <summary>What HCChat needs of any S3 server, asked by the server's own class and plain HTTP: the same for the built-in store and for one that is not ours.</summary>
public abstract class StoreSuite(StoreUnderTest under)
{
    private const int Part = 5 << 20;

    [Fact]
    public async Task What_was_put_by_an_address_comes_back_by_an_address()
    {
        var (one, data) = New(100_000);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(one, data));
        Assert.Equal(data, await under.Http.GetByteArrayAsync(GetAddress(one)));
        Assert.Equal(data.Length, await under.Store.SizeAsync(one.ObjectKey));
        using var head = new HttpRequestMessage(HttpMethod.Head, Presigned(one, HttpVerb.HEAD));
        using var answer = await under.Http.SendAsync(head);
        Assert.Equal(
            (HttpStatusCode.OK, (long?)data.Length),
            (answer.StatusCode, answer.Content.Headers.ContentLength)
        );
        using var range = new HttpRequestMessage(HttpMethod.Get, GetAddress(one));
        range.Headers.Range = new RangeHeaderValue(1_000, 1_999);
        using var some = await under.Http.SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, some.StatusCode);
        Assert.Equal("bytes 1000-1999/100000", some.Content.Headers.ContentRange!.ToString());
        Assert.Equal(data[1_000..2_000], await some.Content.ReadAsByteArrayAsync());
        using var outside = new HttpRequestMessage(HttpMethod.Get, GetAddress(one));
        outside.Headers.Range = new RangeHeaderValue(100_000, null);
        using var none = await under.Http.SendAsync(outside);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, none.StatusCode);
    }

    [Fact]
    public async Task What_is_not_as_it_was_signed_is_refused()
    {
        var (one, data) = New(1_000);
        var address = new Uri(under.Store.PutAddress("", one, null));
        AssertRefused(await PutAsync(one, data[..999]));
        AssertRefused(await PutAsync(one, data, hash: SHA256.HashData([])));
        AssertRefused(await PutAsync(one, data, hash: []));
        AssertRefused(await PutAsync(one, data, host: "evil.example"));
        AssertRefused(await PutAsync(one, data, HttpMethod.Get));
        var elsewhere = new UriBuilder(address) { Path = address.AbsolutePath + "x" }.Uri;
        AssertRefused(await PutAsync(one, data, address: elsewhere));
        var longer = new Uri(Regex.Replace(address.OriginalString, "X-Amz-Expires=[0-9]+", "X-Amz-Expires=604800"));
        AssertRefused(await PutAsync(one, data, address: longer));
        Assert.Null(await under.Store.SizeAsync(one.ObjectKey));
        if (under.ChecksHashes)
        {
            Assert.Equal(
                HttpStatusCode.BadRequest,
                await PutAsync(one, RandomNumberGenerator.GetBytes(1_000), hash: SHA256.HashData(data))
            );
            Assert.Null(await under.Store.SizeAsync(one.ObjectKey));
        }
        Assert.Equal(HttpStatusCode.OK, await PutAsync(one, data));
    }

    [Fact]
    public async Task An_address_runs_out()
    {
        var (one, data) = New(10);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(one, data));
        var address = new Uri(under.Store.GetAddress("", one.ObjectKey, TimeSpan.FromSeconds(2)));
        await Wait.UntilAsync(
            async () =>
            {
                using var answer = await under.Http.GetAsync(address);
                return answer.StatusCode == HttpStatusCode.Forbidden;
            },
            "the address to run out",
            Proof.Patience
        );
    }

    [Fact]
    public async Task An_upload_in_parts_goes_on_with_what_is_missing()
    {
        var (one, data) = New((2 * Part) + 12_345, Part);
        one = one with { Upload = await under.Store.BeginAsync(one.ObjectKey) };
        Assert.Equal(HttpStatusCode.OK, await PutPartAsync(one, 2, data[Part..(2 * Part)]));
        var arrived = Assert.Single((await under.Store.PartsAsync(one))!);
        Assert.Equal((2, (long?)Part), (arrived.PartNumber, arrived.Size));
        AssertRefused(await PutPartAsync(one, 1, data[..(Part - 1)]));
        Assert.Equal(HttpStatusCode.OK, await PutPartAsync(one, 1, data[..Part]));
        Assert.Equal(HttpStatusCode.OK, await PutPartAsync(one, 3, data[(2 * Part)..]));
        Assert.Null(await under.Store.SizeAsync(one.ObjectKey));
        await under.Store.CompleteAsync(one, (await under.Store.PartsAsync(one))!);
        Assert.Equal(data.Length, await under.Store.SizeAsync(one.ObjectKey));
        Assert.Equal(data, await under.Http.GetByteArrayAsync(GetAddress(one)));
        using var range = new HttpRequestMessage(HttpMethod.Get, GetAddress(one));
        range.Headers.Range = new RangeHeaderValue(Part - 5, Part + 4);
        using var seam = await under.Http.SendAsync(range);
        Assert.Equal(data[(Part - 5)..(Part + 5)], await seam.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task An_upload_that_nobody_knows_of_is_found_and_ended_by_its_age()
    {
        var (one, _) = New(2 * Part, Part);
        one = one with { ObjectKey = Attachment.Folder + one.ObjectKey };
        one = one with { Upload = await under.Store.BeginAsync(one.ObjectKey) };
        await under.Store.EndUploadsAsync(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1));
        Assert.Empty((await under.Store.PartsAsync(one))!);
        await under.Store.EndUploadsAsync(TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(5));
        Assert.Null(await under.Store.PartsAsync(one));
    }

    [Fact]
    public async Task An_upload_that_is_given_up_leaves_nothing_and_a_removed_object_is_gone()
    {
        var (parts, data) = New(2 * Part, Part);
        parts = parts with { Upload = await under.Store.BeginAsync(parts.ObjectKey) };
        Assert.Equal(HttpStatusCode.OK, await PutPartAsync(parts, 1, data[..Part]));
        await under.Store.RemoveAsync(parts);
        Assert.Null(await under.Store.PartsAsync(parts));
        Assert.Equal(HttpStatusCode.NotFound, await PutPartAsync(parts, 1, data[..Part]));
        await under.Store.RemoveAsync(parts);

        var (one, small) = New(10);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(one, small));
        await under.Store.RemoveAsync(one);
        Assert.Null(await under.Store.SizeAsync(one.ObjectKey));
        using var answer = await under.Http.GetAsync(GetAddress(one));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await under.Store.RemoveAsync(one);
    }

    [Fact]
    public async Task Objects_are_listed_page_by_page()
    {
        var folder = $"suite/{Guid.NewGuid():N}/";
        for (var i = 0; i < 5; i++)
        {
            var (one, data) = New(i + 1);
            Assert.Equal(HttpStatusCode.OK, await PutAsync(one with { ObjectKey = $"{folder}海 {i}+&.bin" }, data));
        }
        var found = new List<(string, long?)>();
        for (string? after = null; ; )
        {
            var page = await under.Sdk.ListObjectsV2Async(
                new ListObjectsV2Request
                {
                    BucketName = StoreUnderTest.Bucket,
                    Prefix = folder,
                    MaxKeys = 2,
                    ContinuationToken = after,
                }
            );
            found.AddRange(page.S3Objects.Select(o => (o.Key, o.Size)));
            if (page.IsTruncated != true)
            {
                break;
            }
            after = page.NextContinuationToken;
        }
        Assert.Equal(Enumerable.Range(0, 5).Select(i => ($"{folder}海 {i}+&.bin", (long?)(i + 1))), found);
    }

    [Fact]
    public async Task A_page_that_the_operator_named_may_use_it_and_others_may_not()
    {
        var (one, data) = New(10);
        var address = new Uri(under.Store.PutAddress("", one, null));
        async Task<string?> PreflightAsync(string origin)
        {
            using var ask = new HttpRequestMessage(HttpMethod.Options, address);
            ask.Headers.Add("Origin", origin);
            ask.Headers.Add("Access-Control-Request-Method", "PUT");
            ask.Headers.Add("Access-Control-Request-Headers", "content-type,x-amz-checksum-sha256");
            using var answer = await under.Http.SendAsync(ask);
            return
                Header(answer, "Access-Control-Allow-Origin") is { } allowed
                && Header(answer, "Access-Control-Allow-Headers")!
                    .Contains("x-amz-checksum-sha256", StringComparison.OrdinalIgnoreCase)
                ? allowed
                : null;
        }
        Assert.Equal(StoreUnderTest.Page, await PreflightAsync(StoreUnderTest.Page));
        Assert.Null(await PreflightAsync("https://evil.example"));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(one, data));
        using var get = new HttpRequestMessage(HttpMethod.Get, GetAddress(one));
        get.Headers.Add("Origin", StoreUnderTest.Page);
        get.Headers.Range = new RangeHeaderValue(0, 4);
        using var got = await under.Http.SendAsync(get);
        Assert.Equal(StoreUnderTest.Page, Header(got, "Access-Control-Allow-Origin"));
        var exposed = Header(got, "Access-Control-Expose-Headers")!;
        Assert.Contains("content-range", exposed, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("etag", exposed, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_server_does_with_it_all_that_it_does()
    {
        using var ann = await ApiUser.EnterAsync(under.Server.Port, "den", "ann");
        using var eve = await ApiUser.EnterAsync(under.Server.Port, "elsewhere", "eve");
        var (small, large) = (RandomNumberGenerator.GetBytes(1_000), RandomNumberGenerator.GetBytes(Part + 1));
        var given = await ann.PresignAsync(small);
        var id = (string)given["attachmentId"]!;
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)given["putUrl"]!, small, hash: true));
        await ann.CompleteAsync(id);
        Assert.Equal(small, await ann.GetAsync(id));
        Assert.Equal(HttpStatusCode.NotFound, await eve.StatusAsync(id));

        // Other bytes of that size are refused by the store, or before they are taken for the object.
        var wrong = await ann.PresignAsync(small);
        var other = RandomNumberGenerator.GetBytes(small.Length);
        var hash = Convert.ToBase64String(SHA256.HashData(small));
        var put = await ann.PutAsync((string)wrong["putUrl"]!, new ByteArrayContent(other), hash);
        Assert.Equal(under.ChecksHashes ? HttpStatusCode.BadRequest : HttpStatusCode.OK, put);
        Assert.Equal(HttpStatusCode.Conflict, await ann.TryCompleteAsync((string)wrong["attachmentId"]!));
        Assert.Equal(HttpStatusCode.NotFound, await ann.StatusAsync((string)wrong["attachmentId"]!));

        var inParts = await ann.PresignAsync(large, Part);
        var parts = inParts["parts"]!.AsArray();
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)parts[0]!["putUrl"]!, large.AsMemory(0, Part)));
        Assert.Equal(HttpStatusCode.OK, await ann.PutAsync((string)parts[1]!["putUrl"]!, large.AsMemory(Part)));
        await ann.CompleteAsync((string)inParts["attachmentId"]!);
        Assert.Equal(large, await ann.GetAsync((string)inParts["attachmentId"]!));

        Assert.Equal(HttpStatusCode.NoContent, await ann.StatusAsync(id, HttpMethod.Delete));
        await Wait.UntilAsync(
            async () => await under.Store.SizeAsync((string)given["objectKey"]!) is null,
            "the removed object to be gone",
            Proof.Patience
        );
    }

    // S3 servers differ in which of the two it is.
    private static void AssertRefused(HttpStatusCode status) =>
        Assert.True(status is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest, status.ToString());

    // The address of the endpoint, not of whoever asks.
    private Uri GetAddress(Attachment one) => new(under.Store.GetAddress("", one.ObjectKey, ObjectStore.GetLifetime));

    private Uri Presigned(Attachment one, HttpVerb verb) =>
        new(
            under.Sdk.GetPreSignedURL(
                new GetPreSignedUrlRequest
                {
                    BucketName = StoreUnderTest.Bucket,
                    Key = one.ObjectKey,
                    Verb = verb,
                    Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
                    Protocol = Amazon.S3.Protocol.HTTP,
                }
            )
        );

    private static (Attachment One, byte[] Data) New(int size, long part = 0)
    {
        var (id, data) = (Guid.NewGuid().ToString("N"), RandomNumberGenerator.GetBytes(size));
        var sha256 = part == 0 ? Convert.ToBase64String(SHA256.HashData(data)) : null;
        return (
            new Attachment(
                id,
                "den",
                $"suite/{id}/{id}.bin",
                size,
                sha256,
                null,
                part,
                "",
                "",
                AttachmentState.Pending,
                0
            ),
            data
        );
    }

    private async Task<HttpStatusCode> PutAsync(
        Attachment one,
        byte[] data,
        HttpMethod? method = null,
        byte[]? hash = null,
        string? host = null,
        Uri? address = null
    )
    {
        return await StatusAsync(() =>
        {
            var request = new HttpRequestMessage(
                method ?? HttpMethod.Put,
                address ?? new Uri(under.Store.PutAddress("", one, null))
            )
            {
                Content = new ByteArrayContent(data),
            };
            request.Headers.Host = host;
            if (hash is not { Length: 0 })
            {
                request.Headers.Add("x-amz-checksum-sha256", Convert.ToBase64String(hash ?? SHA256.HashData(data)));
            }
            return request;
        });
    }

    private Task<HttpStatusCode> PutPartAsync(Attachment one, int number, byte[] data) =>
        StatusAsync(() =>
            new HttpRequestMessage(HttpMethod.Put, new Uri(under.Store.PartAddress("", one, number)))
            {
                Content = new ByteArrayContent(data),
            }
        );

    // Whoever refuses a body may close before it has come, also when another request is on its way by that connection.
    private async Task<HttpStatusCode> StatusAsync(Func<HttpRequestMessage> make)
    {
        for (var tries = 1; ; tries++)
        {
            using var request = make();
            request.Headers.ExpectContinue = true;
            try
            {
                using var answer = await under.Http.SendAsync(request);
                return answer.StatusCode;
            }
            catch (HttpRequestException e) when (tries < 3 && e.InnerException is IOException) { }
        }
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}

/// <summary>The built-in store.</summary>
[Collection(Proof.Collection)]
public sealed class BuiltInStoreTests(BuiltInStore under) : StoreSuite(under), IClassFixture<BuiltInStore>;

/// <summary>Ceph's.</summary>
[Collection(Proof.Collection)]
public sealed class RadosGatewayTests(RadosGatewayStore under) : StoreSuite(under), IClassFixture<RadosGatewayStore>;
