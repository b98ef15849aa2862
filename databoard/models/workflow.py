"""Which files a submission has, and of which kind each is."""

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from databoard.models.base import Base


class SubmissionFileType(Base):
    """Code, text or data: editable in the browser or not, and how large."""

    __tablename__ = "submission_file_types"

    name: Mapped[str] = mapped_column(String(20), unique=True)
    is_editable: Mapped[bool]
    max_size_bytes: Mapped[int] = mapped_column(BigInteger)

    extensions: Mapped[list["SubmissionFileTypeExtension"]] = relationship(
        back_populates="file_type", cascade="all, delete-orphan"
    )


class Extension(Base):
    """The end of a file name, without the dot."""

    __tablename__ = "extensions"

    name: Mapped[str] = mapped_column(String(20), unique=True)

    file_types: Mapped[list["SubmissionFileTypeExtension"]] = relationship(back_populates="extension")


class SubmissionFileTypeExtension(Base):
    """An extension that a file type accepts."""

    __tablename__ = "submission_file_type_extensions"

    file_type_id: Mapped[int] = mapped_column(ForeignKey("submission_file_types.id", ondelete="CASCADE"))
    extension_id: Mapped[int] = mapped_column(ForeignKey("extensions.id", ondelete="CASCADE"), index=True)

    file_type: Mapped[SubmissionFileType] = relationship(back_populates="extensions")
    extension: Mapped[Extension] = relationship(back_populates="file_types")

    __table_args__ = (UniqueConstraint("file_type_id", "extension_id"),)


class WorkflowElementType(Base):
    """A kind of submission file, such as ``classifier``; its name is the file's stem."""

    __tablename__ = "workflow_element_types"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    file_type_id: Mapped[int] = mapped_column(ForeignKey("submission_file_types.id"), index=True)

    file_type: Mapped[SubmissionFileType] = relationship(lazy="joined", innerjoin=True)


class Workflow(Base):
    """How a submission's files become predictions; its elements are ordered."""

    __tablename__ = "workflows"

    name: Mapped[str] = mapped_column(String(128), unique=True)

    elements: Mapped[list["WorkflowElement"]] = relationship(
        back_populates="workflow", cascade="all, delete-orphan", order_by="WorkflowElement.position"
    )


class WorkflowElement(Base):
    """One file of a workflow."""

    __tablename__ = "workflow_elements"

    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"))
    element_type_id: Mapped[int] = mapped_column(ForeignKey("workflow_element_types.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))  # file stem
    extension: Mapped[str] = mapped_column(String(20), default="py")
    position: Mapped[int]

    workflow: Mapped[Workflow] = relationship(back_populates="elements")
    element_type: Mapped[WorkflowElementType] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("workflow_id", "name"), UniqueConstraint("workflow_id", "position"))

    @property
    def file_name(self) -> str:
        return f"{self.name}.{self.extension}"
