"""What evidence may be refused for."""

from __future__ import annotations

from server.core.problems import Problem


class IdReused(Problem):
    """The id belongs to another photo: other bytes, another act, or another person's."""

    code, status, title = "photo.id_reused", 409, "这个编号已用于另一张照片"


class TooLarge(Problem):
    """More bytes than `limit`."""

    code, status, title = "photo.too_large", 422, "照片文件太大"


class UnsupportedType(Problem):
    code, status, title = "photo.unsupported_type", 422, "只收 JPEG、PNG、WebP、HEIC 照片"


class TooMany(Problem):
    """More than `limit` photos for one act."""

    code, status, title = "photo.too_many", 422, "照片太多"


class NotYours(Problem):
    """Only the account that declared a photo may send its bytes."""

    code, status, title = "photo.not_yours", 403, "只有登记这张照片的人可以上传"


class OffsetMismatch(Problem):
    """The server holds another number of bytes: go on from `offset`."""

    code, status, title = "photo.offset_mismatch", 409, "续传位置不对"


class OffsetPastEnd(Problem):
    """The chunk begins behind the declared end of the file; `offset` is where to go on."""

    code, status, title = "photo.offset_past_end", 422, "续传位置超出文件末尾"


class ChunkPastEnd(Problem):
    """The chunk would make the file longer than declared."""

    code, status, title = "photo.chunk_past_end", 422, "数据超出声明的文件大小"


class LengthMismatch(Problem):
    """`Upload-Length` differs from the declared `size`."""

    code, status, title = "photo.length_mismatch", 422, "文件大小与登记的不一致"


class Incomplete(Problem):
    """`Upload-Complete: ?1` came with fewer bytes than declared; `offset` is where to go on."""

    code, status, title = "photo.incomplete", 422, "文件还没有传完"


class HashMismatch(Problem):
    """The bytes do not have the declared SHA-256. They were dropped; start again from `offset` 0."""

    code, status, title = "photo.hash_mismatch", 422, "照片内容与登记的校验值不符，请重新上传"


class NotStored(Problem):
    """Declared, but its bytes have not arrived."""

    code, status, title = "photo.not_stored", 404, "照片还没有传到"


class RangeNotSatisfiable(Problem):
    code, status, title = "photo.range_not_satisfiable", 416, "请求的范围超出文件"


class Unusable(Problem):
    """The bytes themselves are no photo that can be shown. Sending them again would change nothing, so
    the refusal is remembered among the photo's flags (its code) and repeated at every attempt."""

    code, status, title = "photo.unusable", 422, "照片无法使用"


class NotAnImage(Unusable):
    code, status, title = "photo.not_an_image", 422, "这个文件不是照片"


class TooManyPixels(Unusable):
    """More pixels than `limit`."""

    code, status, title = "photo.too_many_pixels", 422, "照片像素过大"


class Truncated(Unusable):
    code, status, title = "photo.truncated", 422, "文件不完整"


class Undecodable(Unusable):
    """Complete by its outer form, yet no picture comes out of it. Found by the worker, after storing."""

    code, status, title = "photo.undecodable", 422, "照片无法显示"


class NotAVideo(Unusable):
    """A video was announced; this is none, or none that a browser plays (MP4 and WebM are)."""

    code, status, title = "photo.not_a_video", 422, "这个文件不是视频"


class VideoTooLong(Unusable):
    """Runs longer than `limit_ms`."""

    code, status, title = "photo.video_too_long", 422, "视频超过15秒"


UNUSABLE: dict[str, type[Unusable]] = {
    problem.code: problem
    for problem in (NotAnImage, TooManyPixels, Truncated, Undecodable, NotAVideo, VideoTooLong)
}
