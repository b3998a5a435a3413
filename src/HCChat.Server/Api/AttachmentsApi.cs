using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Attachments;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Rooms;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HCChat.Server.Api;

/// <summary>
/// Attachments (spec/protocol.md, Attachments): whoever may be in a room is given an address to put an object to, or to get it from; the bytes go past this program to the store.
/// </summary>
internal sealed class AttachmentsApi(
    ChatServer chat,
    AttachmentLog attachments,
    ObjectStore store,
    AttachmentSweep sweep,
    AllowedOrigins origins,
    bool isOpen
)
{
    /// <summary>Addresses that are given at a time.</summary>
    public const int MaxAddresses = 100;

    private const double PresignCost = 2;
    private const double GetCost = 0.5;

    private static readonly TimeSpan s_week = TimeSpan.FromDays(7);

    /// <summary>Maps the routes of an application.</summary>
    /// <param name="isOpen">Whether the app may upload without showing who it is.</param>
    public static void Map(WebApplication app, bool isOpen) =>
        ActivatorUtilities.CreateInstance<AttachmentsApi>(app.Services, isOpen).MapRoutes(app);

    private void MapRoutes(WebApplication app)
    {
        foreach (var prefix in new[] { "/api", "" })
        {
            app.MapPost(prefix + "/attachments/presign", context => RunAsync(context, PresignAsync));
            app.MapPost(prefix + "/attachments/{id}/parts", context => OnOneAsync(context, PresignCost, PartsAsync));
            app.MapPost(prefix + "/attachments/{id}/complete", context => OnOneAsync(context, GetCost, CompleteAsync));
            app.MapGet(prefix + "/attachments/{id}", context => OnOneAsync(context, GetCost, GetAsync));
            app.MapDelete(prefix + "/attachments/{id}", context => OnOneAsync(context, GetCost, DeleteAsync));
        }
    }

    private async Task<IResult> PresignAsync(HttpContext context)
    {
        var (message, refusal) = await Requests.ReadAsync(context);
        if (message is null)
        {
            return refusal!;
        }
        var key = message.String("objectKey");
        var isApp = key is not null && Requests.Token(context) is null;
        if (isApp && !isOpen)
        {
            return Requests.NoCapability(context);
        }
        var room = isApp ? Announcement.RoomOf(key!) : message.String("room") ?? message.String("channel");
        if (isApp && room is null)
        {
            return Problems.Refuse(context, Fault.BadPayload, "objectKey is of the form rooms/ROOM/….");
        }
        var (_, me, denied) = await Requests.AdmitAsync(context, chat, room, PresignCost, isApp);
        if (me is null)
        {
            return denied!;
        }
        var most = attachments.Quota.Most;
        if (!isApp && message.Integer("bytes") > most)
        {
            return Problems.Refuse(context, Fault.TooBig, $"A file may have at most {most} bytes here, encrypted.");
        }
        if (!sweep.IsReady)
        {
            throw new TimeoutException("the object store is not set up yet");
        }
        if (Announcement.Read(message, room!, me, isApp, attachments.Quota, chat.Time) is not { } announced)
        {
            return Problems.Refuse(context, Fault.BadPayload, Announcement.Rule(attachments.Quota));
        }
        return await AnnounceAsync(context, announced, message.String("contentType"), isApp);
    }

    private async Task<IResult> AnnounceAsync(HttpContext context, Attachment announced, string? type, bool isApp)
    {
        string? claim = null;
        if (isApp && await Task.Run(() => attachments.FindByKey(announced.ObjectKey)) is { } there)
        {
            // The app asks again for what it could not upload; what is there is nobody else's to replace.
            if (there.State != AttachmentState.Pending || there.Address != announced.Address)
            {
                return Problems.Refuse(context, Fault.Conflict, "That object exists.");
            }
            announced = there;
        }
        else
        {
            claim = isApp ? null : Announcement.NewClaim();
            announced = announced with { Claim = claim is null ? null : Attached.HashOf(claim) };
            if (announced.PartBytes > 0)
            {
                announced = announced with { Upload = await store.BeginAsync(announced.ObjectKey) };
            }
            if (!await attachments.AddAsync(announced))
            {
                if (announced.Upload is not null)
                {
                    await store.RemoveAsync(announced);
                }
                return Problems.Refuse(context, Fault.Quota);
            }
        }
        return Requests.Json(Announced(Requests.Reached(context, chat), announced, claim, type, isApp));
    }

    private JsonObject Announced(string reached, Attachment announced, string? claim, string? type, bool isApp)
    {
        var answer = new JsonObject
        {
            ["attachmentId"] = announced.Id,
            ["bucket"] = store.Bucket,
            ["objectKey"] = announced.ObjectKey,
            ["expiresSeconds"] = (long)ObjectStore.PutLifetime.TotalSeconds,
        };
        if (claim is not null)
        {
            answer["claim"] = claim;
        }
        if (announced.Parts > 0)
        {
            answer["partBytes"] = announced.PartBytes;
            answer["parts"] = Addresses(reached, announced, Enumerable.Range(1, announced.Parts));
        }
        else
        {
            answer["putUrl"] = store.PutAddress(reached, announced, type);
        }
        answer["getUrl"] = store.GetAddress(reached, announced.ObjectKey, isApp ? s_week : ObjectStore.GetLifetime);
        return answer;
    }

    // {from?, claim?}: addresses for what has not arrived, after a break or when those before have run out.
    private async Task<IResult> PartsAsync(HttpContext context, Attachment attachment, Member me)
    {
        var (message, refusal) = await Requests.ReadAsync(context);
        if (message is null)
        {
            return refusal!;
        }
        if (!await IsTheirsAsync(attachment, me, message))
        {
            return NotFound();
        }
        if (attachment.State == AttachmentState.Complete)
        {
            // Whoever was cut off before they knew is not to send it again.
            return Requests.Json(Missing(Enumerable.Range(1, Math.Max(1, attachment.Parts)), []));
        }
        await attachments.AskedAsync(attachment);
        if (attachment.Parts == 0)
        {
            return Requests.Json(
                new JsonObject { ["putUrl"] = store.PutAddress(Requests.Reached(context, chat), attachment, null) }
            );
        }
        var from = message.Has("from") ? message.Integer("from") : 1;
        if (from is null or < 1 or > Announcement.MaxParts)
        {
            return Problems.Refuse(context, Fault.BadPayload, $"from: 1 to {Announcement.MaxParts}.");
        }
        if (await store.PartsAsync(attachment) is not { } there)
        {
            // Made of its parts already, or lost: the one is completed, the other announced anew.
            return await store.SizeAsync(attachment.ObjectKey) == attachment.Bytes
                ? Requests.Json(Missing(Enumerable.Range(1, attachment.Parts), []))
                : NotFound();
        }
        var arrived = there
            .Where(p => p.Size == attachment.SizeOf(p.PartNumber!.Value))
            .Select(p => p.PartNumber!.Value)
            .ToHashSet();
        return Requests.Json(
            Missing(
                arrived.Order(),
                Addresses(
                    Requests.Reached(context, chat),
                    attachment,
                    Enumerable.Range(1, attachment.Parts).Where(n => n >= from && !arrived.Contains(n))
                )
            )
        );
    }

    private static JsonObject Missing(IEnumerable<int> arrived, JsonArray parts) =>
        new()
        {
            ["arrived"] = new JsonArray([.. arrived.Select(n => (JsonNode)n)]),
            ["parts"] = parts,
            ["expiresSeconds"] = (long)ObjectStore.PutLifetime.TotalSeconds,
        };

    // {claim?}, or nothing
    private async Task<IResult> CompleteAsync(HttpContext context, Attachment attachment, Member me)
    {
        var (message, refusal) = await Requests.ReadAsync(context, mayBeEmpty: true);
        if (message is null)
        {
            return refusal!;
        }
        if (!await IsTheirsAsync(attachment, me, message))
        {
            return NotFound();
        }
        if (attachment.State == AttachmentState.Pending)
        {
            var size = await store.SizeAsync(attachment.ObjectKey);
            if (size is null && attachment.Parts > 0)
            {
                var parts = await store.PartsAsync(attachment);
                if (
                    parts?.Count == attachment.Parts
                    && parts.TrueForAll(p => p.Size == attachment.SizeOf(p.PartNumber!.Value))
                )
                {
                    await store.CompleteAsync(attachment, parts);
                }
                // Another request may have completed it meanwhile, and taken the parts.
                size = await store.SizeAsync(attachment.ObjectKey);
                if (size is null)
                {
                    return parts is null
                        ? NotFound()
                        : Problems.Refuse(context, Fault.Conflict, "Not every part has arrived.");
                }
            }
            if (size is null)
            {
                return Problems.Refuse(context, Fault.Conflict, "The object has not arrived.");
            }
            if (attachment.Bytes > 0 && size != attachment.Bytes)
            {
                await attachments.DoomAsync(attachment.Id);
                sweep.Wake();
                return Problems.Refuse(context, Fault.Conflict, "The object is not as large as was announced.");
            }
            if (!await store.IsAnnouncedAsync(attachment))
            {
                await attachments.DoomAsync(attachment.Id);
                sweep.Wake();
                return Problems.Refuse(
                    context,
                    Fault.Conflict,
                    "The object does not have the hash that was announced."
                );
            }
            await attachments.CompleteAsync(attachment, size.Value);
        }
        return Requests.Json(
            new JsonObject
            {
                ["attachmentId"] = attachment.Id,
                ["objectKey"] = attachment.ObjectKey,
                ["bytes"] = attachment.Bytes,
            }
        );
    }

    // A redirection, or for programs that ask for JSON the address itself: a browser would take the token along to the store.
    private async Task<IResult> GetAsync(HttpContext context, Attachment attachment, Member me)
    {
        var bytes = attachment.Bytes;
        if (attachment.State != AttachmentState.Complete)
        {
            // The app does not say when its object is there.
            if (bytes > 0 || await store.SizeAsync(attachment.ObjectKey) is not { } size)
            {
                return NotFound();
            }
            bytes = size;
        }
        var address = store.GetAddress(Requests.Reached(context, chat), attachment.ObjectKey, ObjectStore.GetLifetime);
        return (
            context.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase)
                ? Requests.Json(
                    new JsonObject
                    {
                        ["getUrl"] = address,
                        ["bytes"] = bytes,
                        ["expiresSeconds"] = (long)ObjectStore.GetLifetime.TotalSeconds,
                    }
                )
                : TypedResults.Redirect(address)
        );
    }

    private async Task<IResult> DeleteAsync(HttpContext context, Attachment attachment, Member me)
    {
        if (!IsOwner(attachment, me) && !me.IsChannelModerator)
        {
            return Problems.Refuse(context, Fault.Forbidden);
        }
        await attachments.DoomAsync(attachment.Id);
        sweep.Wake();
        return TypedResults.NoContent();
    }

    // What is of another room, or not there, or not whole, is one and the same to whoever asks.
    private Task OnOneAsync(
        HttpContext context,
        double cost,
        Func<HttpContext, Attachment, Member, Task<IResult>> act
    ) =>
        RunAsync(
            context,
            async _ =>
            {
                var (capability, me, denied) = await Requests.AdmitAsync(context, chat, cost);
                if (me is null)
                {
                    return denied!;
                }
                var id = (string)context.Request.RouteValues["id"]!;
                return await Task.Run(() => Find(id)) is { } found && found.Channel == capability!.Room && found.IsThere
                    ? await act(context, found, me)
                    : NotFound();
            }
        );

    // The app's objects go by their whole key, whose slashes come escaped and are left so by the web server.
    private Attachment? Find(string id) =>
        id.Contains("%2F", StringComparison.OrdinalIgnoreCase)
            ? attachments.FindLiveByKey(id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase))
            : attachments.FindLive(id);

    private Task RunAsync(HttpContext context, Func<HttpContext, Task<IResult>> act) =>
        Requests.RunAsync(context, chat, origins, act);

    private JsonArray Addresses(string reached, Attachment attachment, IEnumerable<int> numbers) =>
        new([
            .. numbers
                .Take(MaxAddresses)
                .Select(n =>
                    (JsonNode)new JsonObject { ["n"] = n, ["putUrl"] = store.PartAddress(reached, attachment, n) }
                ),
        ]);

    // Theirs already, or by the claim that they were given when they announced it, as somebody else (spec/protocol.md, Attachments).
    private async Task<bool> IsTheirsAsync(Attachment attachment, Member me, Incoming message) =>
        IsOwner(attachment, me)
        || (
            message.String("claim") is { } claim
            && attachment.Claim is { } hash
            && CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(Attached.HashOf(claim)),
                Encoding.ASCII.GetBytes(hash)
            )
            && await attachments.AdoptAsync(attachment.Id, Announcement.OwnerOf(me))
        );

    private static bool IsOwner(Attachment attachment, Member me) =>
        me.Identities.Append("session:" + me.SessionId).Contains(attachment.Owner);

    private static ContentHttpResult NotFound() => Problems.Problem(404, Fault.NotFound, "There is no such object.");
}
